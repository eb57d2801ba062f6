"""What the page says while the service cannot be reached, and afterwards."""

from page_driver import until
from page_series import BOILER, HALL

UNREACHABLE = 'The service cannot be reached'


def offline(page, yes):
    page.driver.execute_cdp_cmd('Network.emulateNetworkConditions', {
        'offline': yes, 'latency': 0, 'downloadThroughput': -1,
        'uploadThroughput': -1})


def says(page, text):
    until(lambda: page.text('#state') == text, f'it says "{text}"')


def check_troubles(page):
    """What went wrong is said until it is mended, without a click."""
    page.open(series=BOILER, range='6h')
    until(lambda: page.pixels() > 100, 'a line')
    page.check_clean()
    offline(page, True)
    page.find('#earlier').click()
    says(page, UNREACHABLE)
    offline(page, False)
    says(page, '')
    until(lambda: page.pixels() > 100, 'the range that could not be had')
    page.narrow('hall')
    offline(page, True)
    page.row(HALL).find_element('css selector', '.pick').click()
    says(page, UNREACHABLE)
    page.all('#legend .remove')[1].click()
    until(lambda: page.series() == [BOILER], 'it is removed')
    page.search('')
    offline(page, False)
    says(page, '')
    until(lambda: page.rows('branch'), 'the list')
    page.check_clean('ERR_INTERNET_DISCONNECTED')
