"""What is set, and where? A config to begin with, and the settings in force."""
