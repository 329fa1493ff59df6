"""`review`: read the examples of a sheet in the browser, and know when to stop."""
