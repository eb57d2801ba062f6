"""What the page of a running service says of messages that are not stored. The
service has a rule `plant` that excludes the attic, and a rule `yard` with JSON
whose time is in `at`."""

import json
import time

from selenium.webdriver.common.keys import Keys

from counters import total
from harness import check, wait_for
from page_driver import until
from publisher import publish_all

SHADY = 'yard/<img src=x onerror=alert(2)>'
AHEAD = [f'yard/gate {i}' for i in range(7)]
UNLISTED = 'plant/attic/humidity'
BROKEN = 'yard/pump'
LATE = 'yard/well'


def put(broker, topic, payload):
    publish_all(broker.port, [(topic, payload)])


def reading(at, **fields):
    return json.dumps({'at': at, **fields})


def send_what_is_not_stored(broker, service):
    now = time.time()
    for topic in [*AHEAD, SHADY]:
        put(broker, topic, reading(now + 3600, level=1))
    put(broker, UNLISTED, '55')
    put(broker, UNLISTED, '56')
    put(broker, BROKEN, '{"level": <b>')
    put(broker, LATE, reading(now - 60, level=1, mode='quiet'))
    put(broker, LATE, reading(now - 10, level=2, mode='quiet'))
    # The rows of the slots before are sealed when the last reading is written.
    service.flush()
    put(broker, LATE, reading(now - 50, level=3, mode='quiet'))
    wait_for('a late reading', lambda: total(service.metrics(),
                                             'samples_late_total') == 1)


def groups(page):
    """[kind, name, all text that is seen] of each reason shown."""
    return page.driver.execute_script("""
        return [...document.querySelectorAll('.unstored')]
          .filter(x => x.offsetParent)
          .map(x => [x.querySelector('.kind').textContent,
            x.querySelector('h4').textContent, x.innerText])""")


def group(page, name):
    return next((text for _, found, text in groups(page) if found == name), '')


def check_reasons(page, broker, service):
    page.open(view='service')
    until(lambda: page.text('#why-said') == 'All that came was stored.',
          'nothing is missing')
    send_what_is_not_stored(broker, service)
    page.open(view='service')
    until(lambda: len(groups(page)) >= 4, 'the reasons')
    check([kind for kind, *_ in groups(page)]
          == ['Refused', 'Late', 'Dead', 'Ignored'], groups(page))
    for name, topic, remedy in (
            ('Time too far in the future', SHADY, 'out_of_bounds'),
            ('The rows of its time were sealed', f'{LATE}/level', 'lateness'),
            ('No valid JSON', BROKEN, 'no valid JSON'),
            ('No rule takes the topic', UNLISTED, 'exclude')):
        check(topic in group(page, name), f'{name}: no topic {topic}')
        check(remedy in group(page, name), f'{name}: no remedy')
    check('{"level": <b>' in group(page, 'No valid JSON'), 'no payload')
    check('8 topics' in group(page, 'Time too far in the future'), 'how many')
    check('\t2\t' in group(page, 'No rule takes the topic'), 'how often')
    check(page.driver.execute_script(
        "return document.querySelectorAll('#reasons img, #reasons b').length")
        == 0, 'markup')
    check_older(page, broker)


def check_older(page, broker):
    """What is older unfolds by a key, and stays so when more comes."""
    check(AHEAD[-3] not in group(page, 'Time too far in the future'), 'folded')
    summary = page.find('.unstored summary')
    check(summary.text == '5 more', summary.text)
    summary.send_keys(Keys.ENTER)
    until(lambda: AHEAD[0] in group(page, 'Time too far in the future'),
          'what is older')
    put(broker, AHEAD[0], reading(time.time() + 3600, level=1))
    until(lambda: AHEAD[0] in page.text('.unstored tbody'), 'the newest first')
    check(AHEAD[-3] in group(page, 'Time too far in the future'), 'still open')
    check(page.driver.switch_to.active_element == summary, 'the focus stays')


def check_why(page):
    """One topic or series by its whole name."""
    box = page.find('#why')
    box.send_keys(LATE, Keys.ENTER)
    until(lambda: page.text('#found-name') == LATE, 'what is known of it')
    check(page.hash()['why'] == [LATE], 'the address says so')
    until(lambda: group(page, 'The rows of its time were sealed'), 'reason')
    check(len(groups(page)) == 1, groups(page))
    check(f'{LATE}/level' in page.text('#found-series'), 'its series')
    check('quiet' in page.text('#found-passed'), 'what was passed over')
    page.new_requests()
    asked = []
    while not any('/api/v1/dead' in x for x in asked):
        asked = until(page.new_requests, 'the lists are asked for again')
    check(not any('/api/v1/why' in x for x in asked), asked)
    box.clear()
    box.send_keys('no/such/topic', Keys.ENTER)
    until(lambda: 'no series has this name' in page.text('#why-said'),
          'nothing is known')
    check(not groups(page), groups(page))
    box.clear()
    box.send_keys(Keys.ENTER)
    until(lambda: len(groups(page)) == 4, 'the list again')
    check('why' not in page.hash(), 'the address says so')
    page.driver.find_element('link text', SHADY).send_keys(Keys.ENTER)
    until(lambda: page.text('#found-name') == SHADY, 'a topic of the list')
    check(page.focus() == 'found-name', 'its heading has the focus')
    page.driver.back()
    until(lambda: len(groups(page)) == 4, 'the list once more')
    page.open(series=f'{LATE}/level')
    until(lambda: page.find('#to-why').is_displayed(), 'the link of a series')
    page.find('#to-why').click()
    until(lambda: page.text('#found-name') == f'{LATE}/level', 'its reasons')
    until(lambda: group(page, 'The rows of its time were sealed'), 'are there')
    page.find('#found-series a').click()
    until(lambda: page.text('#name') == f'{LATE}/level', 'its chart again')
    page.new_requests()
    page.driver.back()
    until(lambda: group(page, 'The rows of its time were sealed'), 'and back')
    check(any('/api/v1/why' in x for x in page.new_requests()), 'it is fresh')


def shoot_reasons(page):
    views = {'reasons': {}, 'why': {'why': LATE}}
    for screen in ('desktop', 'phone'):
        getattr(page, screen)()
        for scheme in ('light', 'dark'):
            page.colours(scheme)
            for name, state in views.items():
                page.open(view='service', **state)
                until(lambda: groups(page), 'the reasons')
                page.driver.execute_script(
                    "document.getElementById('h-reasons').scrollIntoView()")
                wide = page.driver.execute_script(
                    'return document.documentElement.scrollWidth - innerWidth')
                check(wide <= 0, f'{wide} pixels too wide')
                page.shoot(f'{name}-{scheme}-{screen}')
    page.desktop()
    page.colours('light')
