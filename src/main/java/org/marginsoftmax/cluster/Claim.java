package org.marginsoftmax.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.UUID;

/**
 * That a chief has a worker. It is renewed every second: one that is not is of a chief that ended
 * without giving the worker back.
 *
 * @param chief differs for each chief
 * @param who where it runs, in words
 * @param beat how often it has been renewed
 */
record Claim(String chief, String who, long beat) {
  static Claim first() {
    return new Claim(
        UUID.randomUUID().toString(),
        "process %d on %s".formatted(ProcessHandle.current().pid(), host()),
        0);
  }

  Claim renewed() {
    return new Claim(chief, who, beat + 1);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "a machine without a name";
    }
  }
}
