#!/usr/bin/python3
"""Uses the page as a person would, in a headless chromium.

Needs python3-selenium and chromium-driver. One of:
  page.py --url http://127.0.0.1:8081/ --series NAME   a service that runs
  page.py --program build/rrdflow                      starts its demo
  page.py --page-server build/tests/page_server        invented series
"""

import argparse
import sys
import urllib.parse

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page_driver import Page, Server, get, until

# The page server's series whose one row shows in the finest archive alone.
FRESH = 'fresh/sensor/temperature'


def check_list(page, series):
    page.driver.get(page.url + '/')
    until(page.names, 'the page lists series')
    page.narrow(series)
    page.search('no such series at all')
    until(lambda: not page.names(), 'the search narrows')
    page.search('')
    until(page.names, 'the list comes back')


def check_chart(page, series):
    page.narrow(series)
    page.click_series(series)
    until(lambda: page.hash().get('series') == series, 'the address says so')
    assert page.find('#name').text == series
    until(lambda: page.pixels() >= 4, 'the chart shows points')
    until(lambda: series.rsplit('/', 1)[-1] in
          page.find('.row[aria-current]').text, 'the row is marked')
    choose_range(page, '24h')
    choose_range(page, '1h')
    until(lambda: page.pixels() >= 4, 'the chart is back')


def choose_range(page, text):
    button = next(x for x in page.driver.find_elements(
        By.CSS_SELECTOR, '#ranges button') if x.text == text)
    button.click()
    until(lambda: page.hash().get('range') == text, 'the range changes')
    until(lambda: page.find('#ranges [aria-pressed="true"]').text == text,
          'the button stays down')


def check_zoom(page):
    chart = page.find('#chart')
    width = chart.size['width']
    ActionChains(page.driver).move_to_element_with_offset(
        chart, width // 5, 0).click_and_hold().move_by_offset(
            width // 5, 0).release().perform()
    until(lambda: 'from' in page.hash(), 'dragging zooms')
    span = int(page.hash()['to']) - int(page.hash()['from'])
    assert 60 < span < 1800, span
    ActionChains(page.driver).double_click(chart).perform()
    until(lambda: 'from' not in page.hash(), 'a double click resets')
    chart.send_keys('+')
    until(lambda: 'from' in page.hash(), 'the keyboard zooms')
    chart.send_keys(Keys.HOME)
    until(lambda: 'from' not in page.hash(), 'the keyboard resets')


def check_keyboard(page, series):
    page.find('#chart').send_keys('/')
    assert page.focus() == 'search', page.focus()
    page.narrow(series)
    page.find('#search').send_keys(Keys.ARROW_DOWN)
    assert page.focus().startswith('row'), page.focus()
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    until(lambda: page.hash().get('series') == page.names()[0],
          'the keyboard chooses')


def check_address(page, series):
    page.driver.get('about:blank')
    page.driver.get(page.url + '/#' + urllib.parse.urlencode(
        {'series': series, 'range': '6h'}))
    until(lambda: page.pixels() >= 4, 'the address opens the chart')
    pressed = page.find('#ranges [aria-pressed="true"]')
    assert pressed.text == '6h', pressed.text


def check_refresh(page):
    page.new_requests()
    seen = []

    def both():
        seen.extend(page.new_requests())
        return all(any(path in x for x in seen)
                   for path in ('/api/v1/data', '/api/v1/series'))
    until(both, 'list and chart are refreshed')


def check_markup(page):
    """A name that looks like markup is text."""
    name = next((x['name'] for x in get(page.url + '/api/v1/series?query=<')
                 if '<script' in x['name']), None)
    if name is None:
        print('no series with a <script> in its name: not checked')
        return
    scripts = page.driver.execute_script('return document.scripts.length')
    page.search(name)
    until(lambda: name in page.names(), 'the name is listed as text')
    page.click_series(name)
    until(lambda: page.find('#name').text == name, 'the heading is text')
    assert page.driver.execute_script(
        'return document.scripts.length') == scripts


def check_unseen(page):
    """What takes no room or changes the direction is shown escaped."""
    name = next((x['name'] for x in get(page.url + '/api/v1/series?query=odd')
                 if '\u202e' in x['name']), None)
    if name is None:
        return
    shown = name.replace('\u202e', '\\u{202e}')
    page.search('right to left')
    until(lambda: page.names() == [shown], 'the list shows it escaped')
    page.click_series(shown)
    until(lambda: page.find('#name').text == shown, 'so does the heading')
    until(lambda: shown in page.driver.title, 'and the title')


def check_running_slot(page):
    """A series shows its first reading, whose row lies in the future."""
    if not get(page.url + f'/api/v1/series?query={FRESH}'):
        return
    page.narrow(FRESH)
    page.click_series(FRESH)
    choose_range(page, '1h')
    until(lambda: page.find('#name').text == FRESH, 'the heading says so')
    until(lambda: page.pixels() >= 4, 'the running slot is shown')


def check_phone(page, series):
    page.narrow(series)
    page.click_series(series)
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
        'width': 360, 'height': 740, 'deviceScaleFactor': 2, 'mobile': True})
    page.driver.refresh()
    until(lambda: page.pixels() >= 4, 'the chart shows on a phone')
    wide = page.driver.execute_script(
        'return document.documentElement.scrollWidth - innerWidth')
    assert wide <= 0, f'{wide} pixels too wide'


def check_traffic(page):
    errors = [x for x in page.driver.get_log('browser')
              if x['level'] in ('SEVERE', 'WARNING')
              and x['source'] != 'rendering']  # complains of COUNT_PIXELS
    assert not errors, errors
    page.new_requests()
    foreign = [x for x in page.requests
               if not x.startswith((page.url + '/', 'about:', 'data:',
                                    'chrome:', 'chrome-untrusted:'))]
    assert not foreign, foreign


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--url')
    parser.add_argument('--series')
    parser.add_argument('--program', default='build/rrdflow')
    parser.add_argument('--page-server')
    arguments = parser.parse_args()
    server = Server(arguments)
    page = None
    try:
        def first_value():
            if server.process and server.process.poll() is not None:
                sys.exit(f'the service ended: {server.process.returncode}')
            return next((x['name'] for x in get(
                server.url + '/api/v1/series?limit=1000')
                if x['value'] is not None and x['alive']
                and not x['name'].startswith('odd/')
                and x['name'] != FRESH), None)
        series = arguments.series or until(first_value, 'a series', 60)
        page = Page(server.url)
        check_list(page, series)
        check_chart(page, series)
        check_zoom(page)
        check_keyboard(page, series)
        check_address(page, series)
        check_refresh(page)
        check_markup(page)
        check_unseen(page)
        check_running_slot(page)
        check_phone(page, series)
        check_traffic(page)
        print('the page works')
    finally:
        if page:
            page.close()
        server.stop()


if __name__ == '__main__':
    main()
