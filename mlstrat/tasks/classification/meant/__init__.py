"""Is this what you mean? What stands between the door and the figures: counts are looked at."""
