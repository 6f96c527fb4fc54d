"""How fast livereview is, side by side with what a user would write by hand."""
