"""Did the knob move its gap? A run of yesterday beside one of today."""
