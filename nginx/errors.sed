# A line of nginx' error log → a line of JSON with the keys of the others. `connection` is the one of the access log,
# which has the request's id.
s/\\/\\\\/g
s/"/\\"/g
s/\t/\\t/g
s/[\x00-\x1f\x7f]/ /g
t escaped
:escaped
s#^([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8}) \[([a-z]+)\] [0-9]+\#[0-9]+: \*([0-9]+) (.*)$#{"time":"\1-\2-\3T\4+00:00","level":"\5","logger":"nginx","connection":\6,"message":"\7"}#
t
s#^([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8}) \[([a-z]+)\] [0-9]+\#[0-9]+: (.*)$#{"time":"\1-\2-\3T\4+00:00","level":"\5","logger":"nginx","message":"\6"}#
t
s#^(.*)$#{"logger":"nginx","message":"\1"}#
