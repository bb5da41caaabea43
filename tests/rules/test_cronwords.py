"""A cron expression in words; where no short sentence says it, nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.rules.cronwords import in_words

SAID = [
    ("0 3 * * *", "every day at 03:00"),
    ("30 4 * * *", "every day at 04:30"),
    ("0 3,15 * * *", "every day at 03:00 and 15:00"),
    ("0,30 8 * * *", "every day at 08:00 and 08:30"),
    ("0 1,9,17 * * *", "every day at 01:00, 09:00 and 17:00"),
    ("* * * * *", "every minute"),
    ("*/5 * * * *", "every 5 minutes"),
    ("*/1 * * * *", "every minute"),
    ("0 * * * *", "every hour"),
    ("15 * * * *", "every hour at 15 min past"),
    ("0 */6 * * *", "every 6 hours"),
    ("5 */12 * * *", "every 12 hours at 5 min past"),
    ("*/10 8-17 * * *", "every 10 minutes from 08:00 to 17:59"),
    ("0 8-17 * * 1-5", "every hour from 08:00 to 17:59, on weekdays"),
    ("0 3 * * 1", "every Monday at 03:00"),
    ("0 3 * * mon", "every Monday at 03:00"),
    ("0 3 * * MON,WED", "every Monday and Wednesday at 03:00"),
    ("0 3 * * 1-5", "on weekdays at 03:00"),
    ("0 3 * * 0,6", "at weekends at 03:00"),
    ("0 3 * * sat-sun", "at weekends at 03:00"),
    ("0 3 * * 7", "every Sunday at 03:00"),
    ("0 3 * * 5,0", "every Friday and Sunday at 03:00"),
    ("0 3 * * 0-6", "every day at 03:00"),
    ("0 3 * * 1-7", "every day at 03:00"),
    ("0 3 1 * *", "on the 1st of every month at 03:00"),
    ("0 3 1,15 * *", "on the 1st and 15th of every month at 03:00"),
    ("0 3 2,3,11,21 * *", "on the 2nd, 3rd, 11th and 21st of every month at 03:00"),
    ("0 3 1 1 *", "on the 1st of January at 03:00"),
    ("0 3 * 6 *", "every day in June at 03:00"),
    ("0 3 * jun,dec 1", "every Monday in June and December at 03:00"),
    ("0 3 1 * 1", "on the 1st of every month, and every Monday at 03:00"),
    ("*/15 * * * 6", "every 15 minutes, every Saturday"),
]
UNSAID = [
    "",
    "0 3 * *",
    "0 3 * * * *",
    "*/7 * * * *",
    "0 */5 * * *",
    "1-5 3 * * *",
    "*/10 */2 * * *",
    "0 3 */2 * *",
    "0 3 * */2 *",
    "0 3 * * */2",
    "0 3 1-7 * *",
    "0 3 l * *",
    "61 3 * * *",
    "0 24 * * *",
    "0 3 32 * *",
    "0 3 * 13 *",
    "0 3 * * 8",
    "0 3 * * fri-mon",
    "0 17-8 * * *",
    "0,5,10,15 1,2 * * *",
    "@daily",
    "0 3 1 6 1",
]


@pytest.mark.parametrize(("cron", "said"), SAID)
def test_an_expression_is_said_in_words(cron: str, said: str) -> None:
    assert in_words(cron) == said


@pytest.mark.parametrize("cron", UNSAID)
def test_what_no_short_sentence_says_is_left_to_the_expression(cron: str) -> None:
    assert in_words(cron) == ""


@given(st.text(alphabet="0123456789*/,- lLmonjanWK#?\x00²", max_size=30))
def test_any_text_gives_words_or_nothing(cron: str) -> None:
    assert isinstance(in_words(cron), str)
