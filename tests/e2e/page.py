#!/usr/bin/python3
"""Uses the page's charts as a person would, in a headless chromium, over
invented series. Needs python3-selenium and chromium-driver.

  page.py --page-server build/tests/page_server --shots build/page
"""

import argparse
import csv
import io
import struct
import subprocess

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from page_driver import Page, get, until
from page_looks import check_looks, check_policy, check_theme
from page_series import BOILER, CELLAR, FRESH, GARAGE, HALL, MARKUP
from page_troubles import check_troubles


def check_first_look(page):
    """Without an address there is something to look at."""
    page.open()
    until(lambda: page.pixels() > 0, 'a chart by itself')
    assert page.rows('branch') == [
        'odd/, 3 series', 'plant/, 32 series', 'sensors/, 200 series']
    until(lambda: page.text('#live') == 'Live', 'it is live')


def check_tree(page):
    page.row('plant/, 32 series').click()
    page.row('boiler/, 4 series').click()
    page.row(BOILER).click()
    until(lambda: page.series() == [BOILER], 'the address says so')
    until(lambda: page.pixels() > 500, 'its line is drawn')
    assert page.find('#name').text == BOILER
    assert page.row(BOILER).get_attribute('aria-selected') == 'true'
    page.row('cellar/, 4 series').click()
    pick = page.row(CELLAR).find_element('css selector', '.pick')
    pick.click()
    until(lambda: page.series() == [BOILER, CELLAR], 'a second series')
    until(lambda: page.pixels(1) > 500, 'has a line of its own colour')
    until(lambda: [x['name'] for x in page.legend()] == [BOILER, CELLAR],
          'both are in the table')
    assert page.hash()['open'] == ['plant/', 'plant/boiler/', 'plant/cellar/']
    page.row('sensors/, 200 series').click()
    until(lambda: len(page.rows()) == 200 + 8 + 1, 'a level in parts')
    assert page.rows('more') == ['Show more']
    page.row('sensors/, 200 series').click()
    until(lambda: len(page.rows()) == 8 + 1, 'the branch closes')


def check_search(page):
    page.search('hall 1/h')
    until(lambda: page.rows() == [HALL], 'what matches')
    assert page.hash()['query'] == ['hall 1/h']
    page.search('node')
    until(lambda: len(page.rows()) == 100, 'the first page')
    page.find('#series .more').click()
    until(lambda: len(page.rows()) == 200, 'the next page')
    page.search('no such series')
    until(lambda: page.text('#hint') == 'No series matches.', 'it says so')
    page.search('')
    until(lambda: page.rows('branch'), 'the tree comes back')


def check_figures(page):
    page.open(series=[BOILER, GARAGE], range='24h')
    until(lambda: len(page.legend()) == 2 and page.legend()[0]['count'] != '',
          'figures')
    live, silent = page.legend()
    for x in (live, silent):
        assert (float(x['min']) < float(x['mean']) < float(x['max'])), x
        # Ten minutes of each 230 are missing; they are in no figure.
        assert 1350 < int(x['count'].replace(',', '')) < 1420, x
        assert x['step'] == '1 min', x
    assert not live['stale'] and silent['stale'], (live, silent)
    assert 'stale' in silent['age'], silent
    shown = get(f'{page.url}/api/v1/data?series={BOILER}&from=-24h&points=800')
    assert sum(x['value'] is None for x in shown) > 50
    # A gap is a gap: no pixel of the line in a column of the canvas.
    gaps = lambda: page.driver.execute_script("""
        const c = [...document.querySelectorAll('#chart canvas')].map(y =>
          y.getContext('2d').getImageData(0, 0, y.width, y.height));
        const columns = new Set();
        for (const {data, width} of c)
          for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] > 30 && data[i + 2] > data[i] + 60)
              columns.add((i / 4) % width);
        let gaps = 0;
        const all = [...columns].sort((a, b) => a - b);
        all.forEach((y, i) => { gaps += i > 0 && y - all[i - 1] > 1; });
        return gaps;""")
    until(lambda: gaps() >= 4, 'gaps in the line')


def check_axis(page):
    page.open(series=[BOILER, HALL], range='6h')
    until(lambda: len(page.legend()) == 2, 'two series')
    before = len(page.all('.dygraph-axis-label-y2'))
    page.all('#legend .quiet:not(.remove)')[1].click()
    until(lambda: page.hash().get('right') == [HALL], 'the address says so')
    until(lambda: len(page.all('.dygraph-axis-label-y2')) > before,
          'a second axis')
    page.all('#legend .remove')[0].click()
    until(lambda: page.series() == [HALL], 'the first is removed')
    assert page.find('#legend tr[data-slot]').get_attribute('data-slot') == '1'
    page.driver.back()
    until(lambda: page.series() == [BOILER, HALL], 'back brings it back')


def choose_range(page, text):
    next(x for x in page.all('#ranges button') if x.text == text).click()
    until(lambda: page.hash().get('range') == [text], 'the range changes')
    until(lambda: page.find('#ranges [aria-pressed="true"]').text == text,
          'the button stays down')


def check_ranges(page):
    page.open(series=BOILER)
    for text in ('6h', '24h', '7d', '30d', '1y', '1h'):
        choose_range(page, text)
        until(lambda: page.pixels() > 100, f'a line over {text}')
    page.find('#earlier').click()
    until(lambda: 'from' in page.hash(), 'a step back')
    until(lambda: page.text('#live') == 'Paused', 'it does not follow')
    page.find('#later').click()
    until(lambda: 'from' not in page.hash(), 'a step forth is now')
    page.find('#free').click()
    until(lambda: page.focus() == 'from', 'the form opens')
    page.driver.execute_script("""
        document.getElementById('from').value = '2026-01-02T03:04:05';
        document.getElementById('to').value = '2026-01-02T04:04:05';""")
    page.find('#period-form button').click()
    until(lambda: 'from' in page.hash(), 'a free range')
    span = [int(page.hash()[x][0]) for x in ('from', 'to')]
    assert span[1] - span[0] == 3600, span
    page.driver.back()
    until(lambda: 'from' not in page.hash(), 'back')


def check_zoom(page):
    page.open(series=BOILER)
    until(lambda: page.pixels() > 100, 'a chart')
    chart = page.find('#chart')
    width = chart.size['width']
    ActionChains(page.driver).move_to_element_with_offset(
        chart, width // 5, 0).click_and_hold().move_by_offset(
            width // 5, 0).release().perform()
    until(lambda: 'from' in page.hash(), 'dragging zooms')
    span = int(page.hash()['to'][0]) - int(page.hash()['from'][0])
    assert 60 < span < 1800, span
    until(lambda: page.pixels() > 100, 'what was zoomed to is drawn')
    ActionChains(page.driver).move_to_element(chart).perform()
    until(lambda: page.text('#tip th bdi') == 'temperature', 'the tip')
    page.shoot('zoom')
    ActionChains(page.driver).double_click(chart).perform()
    until(lambda: 'from' not in page.hash(), 'a double click goes out')


def check_keyboard(page):
    """Everything without a pointer."""
    page.open(series=BOILER)
    until(lambda: page.pixels() > 100, 'a chart')
    page.find('body').send_keys(Keys.TAB)
    assert page.focus() == 'skip', page.focus()
    page.press(Keys.ENTER)
    assert page.focus() == 'search', page.focus()
    page.press(Keys.ARROW_DOWN)
    seen = page.focus()
    assert 'row' in seen, seen
    page.press(Keys.END, Keys.HOME, Keys.ARROW_UP)
    assert page.focus() == 'search', page.focus()
    page.press('r', 'o', 'o', 'f')
    until(lambda: page.rows() and all('roof' in x for x in page.rows()),
          'the search')
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.SPACE)
    until(lambda: page.series() == [BOILER, 'plant/roof/humidity'], 'compared')
    page.press(Keys.ARROW_UP, Keys.ENTER)
    until(lambda: page.series() == ['plant/roof/co2'], 'alone')
    outline = page.driver.execute_script(
        'return getComputedStyle(document.activeElement).outlineStyle')
    assert outline == 'solid', outline
    page.press('/')
    assert page.focus() == 'search', page.focus()
    page.press(Keys.ESCAPE)
    until(lambda: page.rows('branch'), 'the tree again')
    page.press(Keys.ARROW_DOWN)
    until(lambda: 'row' in page.focus(), 'in the tree')
    labels = lambda: page.driver.execute_script(
        'return document.activeElement.getAttribute("aria-label")')
    while labels() != 'plant/, 32 series':
        page.press(Keys.ARROW_DOWN)
    page.press(Keys.ARROW_LEFT)
    until(lambda: 'boiler/, 4 series' not in page.rows('branch'), 'closed')
    page.press(Keys.ARROW_RIGHT)
    until(lambda: 'boiler/, 4 series' in page.rows('branch'), 'open')
    chart = page.find('#chart')
    chart.send_keys('+')
    until(lambda: 'from' in page.hash(), 'the keyboard zooms')
    chart.send_keys(Keys.ARROW_LEFT, Keys.ESCAPE)
    until(lambda: 'from' not in page.hash(), 'and goes out')


def check_exports(page):
    page.open(series=[BOILER, MARKUP], range='6h')
    until(lambda: len(page.legend()) == 2 and page.legend()[1]['count'] != '',
          'two series')
    page.find('#csv').click()
    name, data = page.downloaded('.csv')
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert rows[0] == ['time', BOILER, f'{BOILER} min', f'{BOILER} max',
                       MARKUP, f'{MARKUP} min', f'{MARKUP} max'], rows[0]
    assert len(rows) > 300 and all(len(x) == 7 for x in rows), len(rows)
    values = [float(x[1]) for x in rows[1:] if x[1]]
    assert 10 < min(values) <= max(values) < 30
    assert rows[1][0].endswith('Z'), rows[1]
    page.find('#png').click()
    name, data = page.downloaded('.png')
    assert data[:8] == b'\x89PNG\r\n\x1a\n', data[:8]
    width, height = struct.unpack('>II', data[16:24])
    assert width > 600 and height > 250, (width, height)
    (page.shots / 'export.png').write_bytes(data)


def check_markup(page):
    """Names are text, whatever is in them."""
    page.open(query='odd')
    until(lambda: MARKUP in page.rows(), 'the name is listed as text')
    page.row(MARKUP).click()
    until(lambda: page.text('#name') == MARKUP, 'so is the heading')
    until(lambda: page.legend() and page.legend()[0]['name'] == MARKUP,
          'and the table')
    assert page.driver.execute_script(
        "return document.querySelectorAll('[src=x], [onerror]').length") == 0
    shown = 'odd/\\u{202e}right to left/temperature'
    page.row(shown).click()
    until(lambda: page.text('#name') == shown, 'what turns text is escaped')
    until(lambda: shown in page.driver.title, 'in the title, too')


def check_running_slot(page):
    """A series shows its first reading, whose row lies in the future."""
    page.open(series=FRESH)
    until(lambda: page.pixels() >= 4, 'the running slot is shown')


def check_addresses(page):
    """An address shows the same again."""
    page.open(series=[BOILER, HALL], right=HALL, range='7d', query='hall',
              open='plant/')
    until(lambda: page.pixels(1) > 100, 'both lines')
    assert page.find('#ranges [aria-pressed="true"]').text == '7d'
    assert page.find('#search').get_attribute('value') == 'hall'
    assert len(page.all('.dygraph-axis-label-y2')) > 0
    page.find('#to-service').click()
    until(lambda: page.find('#service').is_displayed(), 'the other view')
    page.driver.back()
    until(lambda: page.find('#chart').is_displayed(), 'back')
    page.driver.forward()
    until(lambda: page.find('#service').is_displayed(), 'and forth')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--page-server', default='build/tests/page_server')
    parser.add_argument('--shots', default='build/page')
    arguments = parser.parse_args()
    server = subprocess.Popen([arguments.page_server], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    page = None
    try:
        # Its log may come first.
        address = next(x.strip() for x in server.stdout
                       if x.startswith('http://'))
        page = Page(address, arguments.shots)
        for check in (check_first_look, check_tree, check_search, check_figures,
                      check_axis, check_ranges, check_zoom, check_keyboard,
                      check_exports, check_markup, check_running_slot,
                      check_addresses, check_troubles, check_policy,
                      check_theme, check_looks):
            check(page)
            page.check_clean()
            print(f'{check.__name__}: ok', flush=True)
        print('the page works')
    finally:
        if page:
            page.close()
        server.stdin.close()
        server.wait(20)


if __name__ == '__main__':
    main()
