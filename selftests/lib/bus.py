# SPDX-License-Identifier: GPL-2.0
"""A D-Bus of our own for bfdagentd's signals, and busctl, which listens to them."""

import os
import subprocess

from agent import until

PATH = os.environ['lib_tmp'] + '/bus'
ADDRESS = f'unix:path={PATH}'
CONFIG = f'''<busconfig>
  <listen>{ADDRESS}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


class Bus:
    """Until it is closed; each signal is a line of JSON from self.out, a pipe."""

    def __init__(self):
        with open(PATH + '.conf', 'w', encoding='utf-8') as f:
            f.write(CONFIG)
        self.daemon = subprocess.Popen(
            ['dbus-daemon', '--nofork', '--nopidfile', '--config-file', PATH + '.conf'],
            stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(PATH), 'a bus')
        self.busctl = subprocess.Popen(
            ['busctl', f'--address={ADDRESS}', '--json=short', 'monitor',
             '--match', "interface='org.bfdnl.Agent1'"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # it says that it is listening
        self.busctl.stderr.readline()
        self.out = self.busctl.stdout

    def close(self):
        for process in self.busctl, self.daemon:
            process.terminate()
            process.wait()
        self.out.close()
        self.busctl.stderr.close()
