# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the tables that the man page describes (TABLES) with those of a recording.

usage: recording.py tasktoll-recording.5 FILE

In the man page a table is a line `.B name` with its columns in the next line, which begins
with `.I`; FIGURES, WEIGHTS and `x_ns...` (a distribution) stand for several.
"""
import re
import sqlite3
import sys


def section(page):
    return page.split('.SH TABLES', 1)[1].split('\n.SH ', 1)[0]


def words(line):
    return line.replace('\\-', '-').replace('\\', '').replace(',', ' ').split()


def described(text):
    tables, groups = {}, {}
    for name, columns in re.findall(r'^\.B (\w+)\n\.I (.*)$', text, re.M):
        (groups if name.isupper() else tables)[name] = words(columns)
    return tables, groups


def expand(columns, groups):
    for column in columns:
        if column in groups:
            yield from expand(groups[column], groups)
        elif column.endswith('...'):
            yield from (column[:-3] + part for part in ('_count', '_sum', '_max', '_buckets', '_p50', '_p90',
                                                   '_p99'))
        else:
            yield column


def examples(page):
    """The statements of the section EXAMPLES."""
    for text in re.findall(r'^\.nf\n(.*?)^\.fi$', page.split('.SH EXAMPLES', 1)[1], re.M | re.S):
        yield text.replace('\\(aq', "'").replace('\\-', '-')


# A recording need not have any.
RARE = ('wakes', 'ends', 'crashes')


def main():
    tables, groups = described(section(open(sys.argv[1], encoding='utf-8').read()))
    db = sqlite3.connect(f'file:{sys.argv[2]}?mode=ro', uri=True)
    wrong = []
    there = {name for name, in db.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    for name in sorted(there ^ set(tables)):
        wrong.append(f'{name} is only in the ' + ('recording' if name in there else 'man page'))
    for name in sorted(there & set(tables)):
        cursor = db.execute(f'SELECT * FROM {name} LIMIT 1')
        cursor.fetchall()
        columns = [column[0] for column in cursor.description]
        documented = list(expand(tables[name], groups))
        if columns != documented:
            wrong.append(f'{name} has\n  {columns}\nand in the man page\n  {documented}')
    if db.execute('PRAGMA application_id').fetchone()[0] != 0x54546f6c:
        wrong.append('application_id')
    count = 0
    for sql in examples(open(sys.argv[1], encoding='utf-8').read()):
        count += 1
        try:
            rows = db.execute(sql).fetchall()
        except sqlite3.Error as error:
            wrong.append(f'{error} in the example\n{sql}')
            continue
        if not rows and not any(f'FROM {table}' in sql for table in RARE):
            wrong.append(f'the example finds nothing:\n{sql}')
    if count < 7:
        wrong.append(f'only {count} examples')
    print('\n'.join(wrong))
    return 1 if wrong or not tables else 0


sys.exit(main())
