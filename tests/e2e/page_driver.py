"""A headless chromium that looks at the page as a person would."""

import json
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

# Pixels of a series' colour on all canvases.
COUNT_PIXELS = """
const probe = document.getElementById('probe');
probe.style.color = `var(--series-${arguments[0]})`;
const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
let n = 0;
for (const canvas of document.querySelectorAll('#chart canvas')) {
  if (canvas.width === 0 || canvas.height === 0)
    continue;
  const {data} = canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4)
    n += data[i + 3] > 200 && Math.abs(data[i] - r) < 24
      && Math.abs(data[i + 1] - g) < 24 && Math.abs(data[i + 2] - b) < 24;
}
return n;
"""


def get(url):
    with urllib.request.urlopen(url, timeout=60) as response:
        return json.load(response)


def until(condition, what, seconds=120):
    """Waits for a true value and returns it."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
            if value:
                return value
        except (urllib.error.URLError, ConnectionError,
                StaleElementReferenceException):
            pass
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.1)


class Page:
    """The page in a browser; pictures of it go to the folder `shots`."""

    def __init__(self, url, shots):
        self.url = url.rstrip('/')
        self.shots = Path(shots)
        self.shots.mkdir(parents=True, exist_ok=True)
        self.profile = tempfile.mkdtemp(prefix='rrdflow-chromium-')
        self.downloads = Path(self.profile) / 'downloads'
        options = Options()
        options.binary_location = '/usr/bin/chromium'
        for flag in ('--headless', '--no-sandbox', '--disable-gpu',
                     '--disable-quic', '--no-first-run', '--hide-scrollbars',
                     '--disable-background-networking',
                     '--disable-component-update', '--disable-sync',
                     '--force-prefers-reduced-motion',
                     '--window-size=1280,939',
                     f'--user-data-dir={self.profile}'):
            options.add_argument(flag)
        options.set_capability('goog:loggingPrefs',
                               {'browser': 'ALL', 'performance': 'ALL'})
        self.driver = webdriver.Chrome(
            service=Service('/usr/bin/chromedriver'), options=options)
        self.driver.set_page_load_timeout(120)
        self.driver.set_script_timeout(120)
        self.driver.execute_cdp_cmd('Browser.setDownloadBehavior', {
            'behavior': 'allow', 'downloadPath': str(self.downloads)})
        self.requests = []
        self.bytes = 0

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    # -- where it is -----------------------------------------------------------

    def open(self, **state):
        """Opens the page anew with this state in the address."""
        self.driver.get('about:blank')
        hash_ = urllib.parse.urlencode(state, doseq=True)
        self.driver.get(f'{self.url}/{"#" + hash_ if hash_ else ""}')

    def hash(self):
        """The state in the address: the lists of values by their names."""
        text = self.driver.execute_script('return location.hash')
        return urllib.parse.parse_qs(text[1:], keep_blank_values=True)

    def series(self):
        return self.hash().get('series', [])

    def colours(self, scheme):
        self.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {
            'features': [{'name': 'prefers-color-scheme', 'value': scheme}]})

    def phone(self):
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
            'width': 360, 'height': 740, 'deviceScaleFactor': 2,
            'mobile': True})

    def desktop(self):
        self.driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})

    def shoot(self, name):
        self.driver.execute_async_script(
            'requestAnimationFrame(() => requestAnimationFrame(arguments[0]))')
        self.driver.save_screenshot(str(self.shots / f'{name}.png'))

    # -- what is in it ---------------------------------------------------------

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.driver.execute_script(
            'return document.querySelector(arguments[0])?.textContent', css)

    def rows(self, kind='series'):
        """The labels of the list's rows; those of series are their names."""
        return self.driver.execute_script(
            'return [...document.querySelectorAll(arguments[0])]'
            ".map(x => x.getAttribute('aria-label'))", f'#series .{kind}')

    def row(self, name):
        return until(lambda: next((
            x for x in self.all('#series .row')
            if x.get_attribute('aria-label') == name), None),
            f'a row {name}')

    def legend(self):
        """Name and figures of each line of the table."""
        return self.driver.execute_script("""
            return [...document.querySelectorAll('#legend tbody tr')].map(x =>
              ({name: x.querySelector('th').textContent,
                stale: x.classList.contains('stale'),
                ...Object.fromEntries([...x.querySelectorAll('[data-label]')]
                  .map(y => [y.className, y.textContent]))}))""")

    def pixels(self, slot=0):
        return self.driver.execute_script(COUNT_PIXELS, slot)

    def search(self, text):
        box = self.find('#search')
        box.clear()
        box.send_keys(text)

    def narrow(self, text):
        """Searches and waits until the list holds nothing else."""
        self.search(text)
        until(lambda: self.rows() and all(text in x for x in self.rows()),
              f'the search finds {text}')

    def focus(self):
        return self.driver.execute_script(
            'return document.activeElement.id'
            ' || document.activeElement.className')

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def downloaded(self, suffix):
        """The bytes of the file that comes down next: its name may be there,
        empty, before these are."""
        def file():
            if any(self.downloads.glob('*.crdownload')):
                return None
            return next((x for x in self.downloads.glob(f'*{suffix}')
                         if x.stat().st_size > 0), None)
        path = until(file, f'a file *{suffix}')
        data = path.read_bytes()
        path.unlink()
        return path.name, data

    # -- what it asks for ------------------------------------------------------

    def new_requests(self):
        """Addresses that the page has asked for since the last call."""
        result = []
        for entry in self.driver.get_log('performance'):
            message = json.loads(entry['message'])['message']
            if message['method'] == 'Network.requestWillBeSent':
                result.append(message['params']['request']['url'])
            elif message['method'] == 'Network.dataReceived':
                self.bytes += message['params']['dataLength']
        self.requests += result
        return result

    def check_clean(self, known=None):
        """No complaint on the console but of `known`, and no request to anybody
        else."""
        errors = [x for x in self.driver.get_log('browser')
                  if x['level'] in ('SEVERE', 'WARNING')
                  and not (known and known in x['message'])
                  and x['source'] != 'rendering']  # complains of COUNT_PIXELS
        assert not errors, errors
        self.new_requests()
        foreign = [x for x in self.requests
                   if not x.startswith((self.url + '/', 'about:', 'data:',
                                        f'blob:{self.url}/', 'chrome:',
                                        'chrome-untrusted:'))]
        assert not foreign, foreign
