#!/usr/bin/python3
"""Uses the page of a running service in a headless chromium: 10,000 series
from a real broker, live values, a stale one, what is not stored and why, a
file in quarantine. Needs python3-selenium and chromium-driver.

  page_service.py --shots build/page [--series 10000]
"""

import argparse
import time

from counters import total
from harness import Mosquitto, Scratch, check, run, wait_for
from page_driver import Page, until
from page_reasons import check_reasons, check_why, shoot_reasons
from publisher import publish_all
from service import Rrdflow

MARKUP = 'm/<img src=x onerror=alert(1)>'
LIVE = 'plant/hall/temperature'


def sections():
    rule = {'step': '1s', 'archives': ['1s for 1h']}
    return {
        'rule': [
            {'name': 'many', 'topics': ['s/+/+'], **rule},
            {'name': 'plant', 'topics': ['plant/#'], 'heartbeat': '5s',
             'exclude': ['plant/attic/#'], **rule},
            {'name': 'yard', 'topics': ['yard/#'], 'format': 'json',
             'time': 'at', **rule},
            {'name': 'markup', 'topics': ['m/#'], 'format': 'number', **rule},
        ],
        'cache': {'flush_after': '1h'},
        'snapshot': {'every': '5s'},
        'writer': {'creates_per_second': 10000},
    }


def put(broker, topic, payload):
    publish_all(broker.port, [(topic, payload)])


def check_first_chart(page, count):
    """What the first look costs; the time is told, not judged."""
    page.new_requests()
    page.bytes = 0
    page.open()
    until(lambda: page.pixels() > 0, 'a chart by itself')
    first = page.driver.execute_script(
        "return performance.getEntriesByName('first-chart')[0].startTime")
    asked = [x for x in page.new_requests() if page.url in x]
    print(f'  first chart of {count} series after {first:.0f} ms, '
          f'{len(asked)} requests, {page.bytes} bytes')
    check(len(asked) < 50 and page.bytes < 2 << 20, 'that is too much')


def check_search(page, count):
    page.open(series=LIVE)
    until(lambda: f's/, {count} series' in page.rows('branch'), 'the tree')
    until(lambda: page.pixels() > 0, 'a chart')
    began = time.monotonic()
    page.search('00042 S')
    until(lambda: page.rows() == ['s/00042/x'], 'words in any case')
    print(f'  typed and found after {time.monotonic() - began:.2f} s')


def check_live(page, broker):
    """A value is on the screen soon after it was sent."""
    page.open(series=LIVE)
    until(lambda: page.text('#live') == 'Live', 'it is live')
    for value in ('31.25', '32.5'):
        put(broker, LIVE, value)
        until(lambda: page.legend()[0]['last'] == value, 'the last value')
        until(lambda: float(page.legend()[0]['max']) >= float(value),
              'its row in the chart')
    until(lambda: page.legend()[0]['stale'], 'it goes stale')
    page.shoot('stale')
    put(broker, LIVE, '33')
    until(lambda: not page.legend()[0]['stale'], 'it is back')


def check_restart(page, broker, service):
    """The page goes on by itself when the service is back."""
    service.terminate()
    until(lambda: page.text('#live') != 'Live', 'it notices')
    service.start()
    until(lambda: page.text('#live') == 'Live', 'it is live again')
    put(broker, LIVE, '34')
    until(lambda: page.legend()[0]['last'] == '34', 'the last value')
    # The browser says that it could not connect meanwhile.
    page.driver.get_log('browser')


def check_service_view(page, broker, service):
    page.open(view='service')
    put(broker, MARKUP, 'no number <b>at all</b>')
    service.flush()
    service.rrd(LIVE).write_bytes(b'RRD' + bytes(2000))
    put(broker, LIVE, '35')
    wait_for('a row waits', lambda: total(service.metrics(),
                                          'rows_waiting') > 0)
    time.sleep(2)  # The slot ends.
    service.flush()
    wait_for('quarantine', lambda: total(service.metrics(),
                                         'files_quarantined') == 1)
    page.open(view='service')
    until(lambda: page.text('#ready').startswith('Ready'), 'it is ready')
    until(lambda: MARKUP in page.text('#dead'), 'the dead message as text')
    check('no number <b>at all</b>' in page.text('#dead'), 'no payload')
    check(page.text('#dead .reason bdi'), 'no reason')
    until(lambda: LIVE in page.text('#quarantine'), 'the damaged file')
    check(page.text('#quarantine .reason bdi') not in ('', '–'), 'no reason')
    until(lambda: '/s' in page.text('#cards'), 'rates')
    check('connected' in page.text('#broker-facts'), 'no state of the broker')
    for rule in ('many', 'plant'):
        check(rule in page.text('#rules'), f'no rule {rule}')
    check(page.driver.execute_script(
        "return document.querySelectorAll('[src=x], #dead b').length") == 0,
        'markup')
    for screen in ('desktop', 'phone'):
        getattr(page, screen)()
        for scheme in ('light', 'dark'):
            page.colours(scheme)
            wide = page.driver.execute_script(
                'return document.documentElement.scrollWidth - innerWidth')
            check(wide <= 0, f'{wide} pixels too wide')
            page.shoot(f'service-{scheme}-{screen}')
        page.driver.execute_script(
            "document.getElementById('h-dead').scrollIntoView()")
        page.shoot(f'dead-dark-{screen}')
    page.desktop()
    page.colours('light')
    broker.stop()
    until(lambda: page.find('#ready').get_attribute('data-state') == 'bad',
          'the broker is gone')
    check('not connected' in page.text('#broker-facts'), 'the broker is gone')
    page.shoot('service-no-broker')
    broker.start()
    until(lambda: page.find('#ready').get_attribute('data-state') == 'good',
          'the broker is back')


def main(options):
    with Scratch('page') as folder, Mosquitto(folder / 'broker') as broker, \
            Rrdflow(folder / 'service', broker.address, sections()) as service:
        service.start()
        wait_for('connected', lambda: total(service.metrics(),
                                            'mqtt_connected') == 1)
        publish_all(broker.port, ((f's/{i:05}/x', str(i % 90))
                                  for i in range(options.series)))
        put(broker, LIVE, '30')
        service.wait_taken(options.series + 1)
        page = Page(f'http://127.0.0.1:{service.port}', options.shots)
        try:
            check_first_chart(page, options.series)
            check_search(page, options.series)
            page.check_clean()
            check_reasons(page, broker, service)
            check_why(page)
            shoot_reasons(page)
            page.check_clean()
            check_live(page, broker)
            page.check_clean()
            check_restart(page, broker, service)
            check_service_view(page, broker, service)
            errors = [x for x in page.driver.get_log('browser')
                      if x['level'] == 'SEVERE' and '503' not in x['message']]
            check(not errors, errors)
        finally:
            page.close()
        service.terminate()


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--shots', default='build/page')
    parser.add_argument('--series', type=int, default=10000)
    run(main, parser.parse_args())
