"""Series of the page's test server (tests/serve/page_server.cpp)."""

BOILER = 'plant/boiler/temperature'
CELLAR = 'plant/cellar/temperature'
HALL = 'plant/hall 1/humidity'
GARAGE = 'plant/garage/co2'
# Its one row is that of the running slot.
FRESH = 'fresh/sensor/temperature'
MARKUP = 'odd/<img src=x onerror=alert(2)>/temperature'
