# A line of PgBouncer's log → a line of JSON with the keys of the others.
s/\\/\\\\/g
s/"/\\"/g
s/\t/\\t/g
s/[\x00-\x1f\x7f]/ /g
t escaped
:escaped
s#^([0-9-]{10}) ([0-9:]{8}\.[0-9]{3}) UTC \[[0-9]+\] ([A-Z]+) (.*)$#{"time":"\1T\2+00:00","level":"\L\3\E","logger":"pgbouncer","message":"\4"}#
t
s#^(.*)$#{"logger":"pgbouncer","message":"\1"}#
