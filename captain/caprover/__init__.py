"""What captain understands of CapRover's protocol and files."""
