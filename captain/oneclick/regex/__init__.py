"""JavaScript's regular expressions, as templates write them in `validRegex`. Pure.

An engine of its own rather than a translation to Python's `re`, for two reasons: templates come from repositories
of other people, and only a matcher that counts its steps ends in time on `(a+)+$`; and the two languages differ in
more than spelling (UTF-16 units, what `$` and `\\d` mean, groups that are emptied in each repetition).
"""
