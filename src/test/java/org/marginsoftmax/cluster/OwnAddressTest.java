package org.marginsoftmax.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;

/** A socket that listens on all addresses answers on one. */
class OwnAddressTest {
  /** Loopback addresses, of IPv6 if the machine has that. */
  private static final List<String> ALL =
      Stream.of("127.0.0.1", "127.0.0.2", "127.9.8.7", "::1")
          .filter(OwnAddressTest::isHere)
          .toList();

  @TempDir Path dir;

  private static boolean isHere(String host) {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  static Stream<String> hosts() {
    return ALL.stream().map(host -> host.contains(":") ? "[" + host + "]" : host);
  }

  private static boolean answers(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> answering(int port) {
    return ALL.stream().filter(host -> answers(host, port)).toList();
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void aSocketAnswersOnItsOwn(String host) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 50)) {
      int port = socket.getLocalPort();
      assertEquals(ALL, answering(port));
      OwnAddress.require(new Address(host, port));
      assertEquals(List.of(host.replaceAll("[\\[\\]]", "")), answering(port));
    }
  }

  @Test
  void aWorkerAnswersOnItsOwn() throws Exception {
    try (Workers workers = Workers.start(dir, 1)) {
      String address = workers.address(0);
      int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
      while (!workers.said(0).contains("is ready")) {
        Thread.sleep(50);
      }
      assertEquals(List.of("127.0.0.1"), answering(port));
    }
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void ownAddressesAreTaken(String host) {
    OwnAddress.requireHere(new Address(host, 7000));
  }

  /** Of a network for documentation, which nobody has. */
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.7", "[2001:db8::7]"})
  void anotherMachinesAddressIsRefused(String host) {
    String message =
        assertThrows(
                InvalidInputException.class, () -> OwnAddress.requireHere(new Address(host, 7000)))
            .getMessage();
    assertEquals(
        "cluster: expected an address of this machine in " + host + ":7000, found",
        message.substring(0, message.indexOf(" that none")));
  }

  @Test
  void anUnknownHostIsRefused() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> OwnAddress.require(new Address("no.such.host.invalid", 7000)));
    assertEquals(
        "cluster: expected a known host in no.such.host.invalid:7000, found no.such.host.invalid; give its address",
        e.getMessage());
  }
}
