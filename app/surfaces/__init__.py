"""The platform's faces. Each has a package and pages of its own, and none knows another."""
