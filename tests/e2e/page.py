#!/usr/bin/python3
"""Uses the page as a person would, in a headless chromium.

Needs python3-selenium and chromium-driver. One of:
  page.py --url http://127.0.0.1:8081/ --series NAME   a service that runs
  page.py --program build/rrdflow                      starts its demo
  page.py --page-server build/tests/page_server        invented series
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# Pixels of the line's colour on all canvases.
COUNT_PIXELS = """
const probe = document.createElement('canvas').getContext('2d');
probe.fillStyle = getComputedStyle(document.documentElement)
  .getPropertyValue('--accent').trim();
probe.fillRect(0, 0, 1, 1);
const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
let n = 0;
for (const canvas of document.querySelectorAll('#chart canvas')) {
  const {data} = canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4)
    n += data[i + 3] > 200 && Math.abs(data[i] - r) < 24
      && Math.abs(data[i + 1] - g) < 24 && Math.abs(data[i + 2] - b) < 24;
}
return n;
"""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def until(condition, what, seconds=20):
    """Waits for a true value and returns it."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
            if value:
                return value
        except (urllib.error.URLError, ConnectionError):
            pass
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.1)


class Server:
    """The service, started here unless it runs already."""

    def __init__(self, arguments):
        self.process = None
        self.folder = None
        if arguments.url:
            self.url = arguments.url.rstrip('/')
        elif arguments.page_server:
            port = free_port()
            self.url = f'http://127.0.0.1:{port}'
            self.start([arguments.page_server, f'127.0.0.1:{port}'])
        else:
            port = free_port()
            self.url = f'http://127.0.0.1:{port}'
            self.folder = tempfile.mkdtemp(prefix='rrdflow-page-')
            self.start([arguments.program, 'demo', '--seconds', '120',
                        '--port', str(port), '--directory',
                        os.path.join(self.folder, 'demo')])

    def start(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    def __init__(self, url):
        self.url = url
        self.profile = tempfile.mkdtemp(prefix='rrdflow-chromium-')
        options = Options()
        options.binary_location = '/usr/bin/chromium'
        for flag in ('--headless', '--no-sandbox', '--disable-gpu',
                     '--disable-quic', '--no-first-run',
                     '--disable-background-networking',
                     '--disable-component-update', '--disable-sync',
                     '--window-size=1280,800',
                     f'--user-data-dir={self.profile}'):
            options.add_argument(flag)
        options.set_capability('goog:loggingPrefs',
                               {'browser': 'ALL', 'performance': 'ALL'})
        self.driver = webdriver.Chrome(
            service=Service('/usr/bin/chromedriver'), options=options)
        self.driver.set_page_load_timeout(20)
        self.driver.set_script_timeout(20)
        self.requests = []

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def names(self):
        return self.driver.execute_script(
            "return [...document.querySelectorAll('#series .name')]"
            ".map(x => x.textContent)")

    def hash(self):
        text = self.driver.execute_script('return location.hash')
        return dict(urllib.parse.parse_qsl(text[1:]))

    def search(self, text):
        box = self.find('#search')
        box.clear()
        box.send_keys(text)

    def narrow(self, text):
        """Searches and waits until the list holds nothing else."""
        self.search(text)
        until(lambda: self.names() and all(text in x for x in self.names()),
              f'the search finds {text}')

    def focus(self):
        return self.driver.execute_script(
            'return document.activeElement.id'
            ' || document.activeElement.className')

    def pixels(self):
        return self.driver.execute_script(COUNT_PIXELS)

    def click_series(self, name):
        for row in self.driver.find_elements(By.CSS_SELECTOR, '#series .row'):
            if row.text.replace('\n', '').startswith(name):
                row.click()
                return
        raise AssertionError(f'not in the list: {name}')

    def new_requests(self):
        """Addresses that the page has asked for since the last call."""
        result = []
        for entry in self.driver.get_log('performance'):
            message = json.loads(entry['message'])['message']
            if message['method'] == 'Network.requestWillBeSent':
                result.append(message['params']['request']['url'])
        self.requests += result
        return result


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
    for text in ('24h', '1h'):
        button = next(x for x in page.driver.find_elements(
            By.CSS_SELECTOR, '#ranges button') if x.text == text)
        button.click()
        until(lambda: page.hash().get('range') == text, 'the range changes')
        assert button.get_attribute('aria-pressed') == 'true'
    until(lambda: page.pixels() >= 4, 'the chart is back')


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


def check_phone(page):
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
                                    'chrome:'))]
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
                and '<' not in x['name']), None)
        series = arguments.series or until(first_value, 'a series', 60)
        page = Page(server.url)
        check_list(page, series)
        check_chart(page, series)
        check_zoom(page)
        check_keyboard(page, series)
        check_address(page, series)
        check_refresh(page)
        check_markup(page)
        check_phone(page)
        check_traffic(page)
        print('the page works')
    finally:
        if page:
            page.close()
        server.stop()


if __name__ == '__main__':
    main()
