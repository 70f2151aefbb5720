"""What the data is, a module for each subject. Migrations, queries and schemas follow from here."""
