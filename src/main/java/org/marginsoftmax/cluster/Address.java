package org.marginsoftmax.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/**
 * Where a process of a cluster is reached by the others, which is also where it listens.
 *
 * @param host name or address; an IPv6 address in brackets
 * @param port 1..65535
 */
public record Address(String host, int port) {
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9][A-Za-z0-9._-]*):(\\d{1,5})");

  private static final Set<String> EVERYWHERE = Set.of("0.0.0.0", "[::]", "[::0]");

  /**
   * @throws InvalidInputException if the host stands for all addresses of a machine, or the port is
   *     out of range
   */
  public Address {
    if (EVERYWHERE.contains(host)) {
      throw new InvalidInputException(
          "cluster: expected the address by which the others reach a process, found %s, which is all of a machine's; name one, such as 10.0.0.1"
              .formatted(host));
    }
    if (port < 1 || port > 65535) {
      throw new InvalidInputException(
          "cluster: expected a port 1..65535 after %s, found %d; 7000 is usual"
              .formatted(host, port));
    }
  }

  /**
   * Parses {@code HOST:PORT}.
   *
   * @throws InvalidInputException if it is none
   */
  @JsonCreator
  public static Address parse(String text) {
    Matcher matcher = HOST_AND_PORT.matcher(String.valueOf(text));
    if (!matcher.matches()) {
      throw new InvalidInputException(
          "cluster: expected an address as HOST:PORT, found '%s'; say 10.0.0.1:7000"
              .formatted(text));
    }
    return new Address(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }

  @Override
  @JsonValue
  public String toString() {
    return host + ":" + port;
  }

  /** Whether the machine answers, and says that nobody listens there. */
  boolean nobodyListens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), 1000);
      return false;
    } catch (ConnectException e) {
      return String.valueOf(e.getMessage()).contains("refused");
    } catch (IOException e) {
      return false;
    }
  }
}
