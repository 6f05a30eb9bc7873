package org.marginsoftmax.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.InvalidInputException;

/** Cluster files, right and wrong. */
class ClusterFileTest {
  @TempDir Path dir;

  private Cluster read(String text) throws IOException {
    Path file = dir.resolve("cluster");
    Files.writeString(file, text);
    return Cluster.read(file);
  }

  @Test
  void yamlAndJsonAreTheSame() throws IOException {
    Cluster expected =
        new Cluster(
            new Address("10.0.0.1", 7000),
            List.of(
                new Cluster.Worker(new Address("node-2.lan", 7001), 16, "gpu:0"),
                new Cluster.Worker(new Address("[fe80::1]", 65535), null, null)),
            60,
            false,
            Cluster.Data.WORKERS);
    assertEquals(
        expected,
        read(
            """
            # two machines
            chief: 10.0.0.1:7000
            workers:
              - address: node-2.lan:7001
                threads: 16
                device: gpu:0
              - {address: '[fe80::1]:65535'}
            """));
    assertEquals(
        expected,
        read(
            """
            {"chief": "10.0.0.1:7000", "workers": [
              {"address": "node-2.lan:7001", "threads": 16, "device": "gpu:0"},
              {"address": "[fe80::1]:65535"}], "timeout": 60}
            """));
  }

  @Test
  void whoReadsTheSamples() throws IOException {
    String text = "chief: 10.0.0.1:7000\nworkers: [{address: '10.0.0.2:7000'}]\n";
    assertEquals(Cluster.Data.WORKERS, read(text).data());
    assertEquals(Cluster.Data.WORKERS, read(text + "data: workers\n").data());
    assertEquals(Cluster.Data.CHIEF, read(text + "data: chief\n").data());
  }

  static Stream<Arguments> wrong() {
    String workers = "workers: [{address: '10.0.0.2:7000'}]\n";
    String chief = "chief: 10.0.0.1:7000\n";
    return Stream.of(
        Arguments.of("", "found nothing"),
        Arguments.of("7\n", "found"),
        Arguments.of("chief: [", "found"),
        Arguments.of(workers, "expected the address of the chief, found none"),
        Arguments.of(chief, "expected at least one worker"),
        Arguments.of(chief + "workers: []\n", "expected at least one worker"),
        Arguments.of(chief + "workers: [{threads: 3}]\n", "expected an address for each worker"),
        Arguments.of(chief + "workers: [null]\n", "expected at least one worker"),
        Arguments.of(
            chief + "workers: [{address: '10.0.0.1:7000'}]\n", "found 10.0.0.1:7000 twice"),
        Arguments.of("chief: 0.0.0.0:7000\n" + workers, "found 0.0.0.0"),
        Arguments.of("chief: '[::]:7000'\n" + workers, "found [::]"),
        Arguments.of("chief: :7000\n" + workers, "HOST:PORT, found ':7000'"),
        Arguments.of("chief: 10.0.0.1\n" + workers, "HOST:PORT, found '10.0.0.1'"),
        Arguments.of("chief: 10.0.0.1:0\n" + workers, "1..65535"),
        Arguments.of("chief: 10.0.0.1:70000\n" + workers, "1..65535"),
        Arguments.of("chief: 10.0.0.1:port\n" + workers, "HOST:PORT"),
        Arguments.of(chief + "workers: [{address: '10.0.0.2:7000', device: tpu}]\n", "found 'tpu'"),
        Arguments.of(
            chief + "workers: [{address: '10.0.0.2:7000', threads: 0}]\n", "1..4096, found 0"),
        Arguments.of(chief + workers + "timeout: 0\n", "1..86400"),
        Arguments.of(chief + workers + "timeout: 1.5\n", "'timeout'"),
        Arguments.of(chief + workers + "compress: bfloat16\n", "'compress'"),
        Arguments.of(chief + workers + "data: nobody\n", "'data'"),
        Arguments.of(chief + workers + "data: 1\n", "'data'"),
        Arguments.of(chief + workers + "port: 1\n", "'port'"),
        Arguments.of(chief + workers + "---\nchief: x\n", "found"),
        Arguments.of(chief + "workers: {address: '10.0.0.2:7000'}\n", "'workers'"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsSaidInALine(String text, String said) {
    String message = assertThrows(InvalidInputException.class, () -> read(text)).getMessage();
    assertTrue(message.contains(said), message);
    assertEquals(1, message.lines().count(), message);
  }
}
