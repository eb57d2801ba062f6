"""A service with a page, and a headless chromium to look at it with."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

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
