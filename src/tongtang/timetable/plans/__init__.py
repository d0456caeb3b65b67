"""The search for a county's weekly plan in the browser: begun, watched, stopped, resumed, published."""
