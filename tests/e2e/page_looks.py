"""What the page looks like, and what it may do."""

import urllib.request

from page_driver import until
from page_series import BOILER, CELLAR


def check_policy(page):
    with urllib.request.urlopen(page.url + '/') as response:
        policy = response.headers['Content-Security-Policy']
        text = response.read().decode()
    assert "default-src 'self'" in policy and 'unsafe' not in policy, policy
    assert ' style="' not in text and '<style' not in text
    assert 'onclick' not in text


def check_looks(page):
    """Pictures to look at; nothing is wider than the screen."""
    states = {
        'chart': {'series': [BOILER, CELLAR], 'range': '24h', 'open': 'plant/'},
        'many': {'series': [f'plant/{x}/temperature' for x in
                            ('boiler', 'cellar', 'garage', 'hall 1', 'office',
                             'roof')],
                 'range': '7d', 'query': 'temperature'},
    }
    for screen in ('desktop', 'phone'):
        getattr(page, screen)()
        for scheme in ('light', 'dark'):
            page.colours(scheme)
            for name, state in states.items():
                page.open(**state)
                until(lambda: page.pixels() > 100, 'a line')
                until(lambda: all(x['mean'] for x in page.legend()), 'figures')
                wide = page.driver.execute_script(
                    'return document.documentElement.scrollWidth - innerWidth')
                assert wide <= 0, f'{name}: {wide} pixels too wide'
                page.shoot(f'{name}-{scheme}-{screen}')
    page.find('#browse').click()
    until(lambda: page.find('#search').is_displayed(), 'the list on a phone')
    page.shoot('list-dark-phone')
    page.row(BOILER).click()
    until(lambda: page.find('#chart').is_displayed(), 'the chart again')
    page.desktop()


def check_theme(page):
    back = lambda: page.driver.execute_script(
        'return getComputedStyle(document.body).backgroundColor')
    page.colours('light')
    page.open(series=BOILER)
    light = back()
    page.colours('dark')
    until(lambda: back() != light, 'the system asks for dark')
    page.find('#theme').click()
    until(lambda: back() == light, 'the switch says light')
    page.driver.refresh()
    until(lambda: back() == light, 'and it stays')
    page.find('#theme').click()
    page.find('#theme').click()
    until(lambda: back() != light, 'automatic again')
    page.colours('light')
