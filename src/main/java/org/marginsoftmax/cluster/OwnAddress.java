package org.marginsoftmax.cluster;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * Makes TensorFlow's runtime listen on one address of the machine. By itself it listens on all,
 * whatever address it is given. Linux can drop what comes for another one before the socket sees
 * it, by a program of the kernel's packet filter that is attached to the socket (socket(7),
 * SO_ATTACH_FILTER); that needs no rights.
 */
final class OwnAddress {
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;

  // Classic BPF: operations, and where a packet's protocol and network header are.
  private static final int LOAD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int PROTOCOL = 0xfffff000;
  private static final int NETWORK_HEADER = 0xfff00000;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int DESTINATION_V4 = 16;
  private static final int DESTINATION_V6 = 24;

  private static final int ACCEPT = -1;

  private OwnAddress() {}

  private interface C extends Library {
    int setsockopt(int socket, int level, int name, Pointer value, int size)
        throws LastErrorException;
  }

  /**
   * An instruction of a filter.
   *
   * @param ifEqual instructions to skip if a comparison holds
   * @param ifNot instructions to skip if it does not
   */
  private record Instruction(int operation, int ifEqual, int ifNot, int value) {}

  /**
   * Requires that an address is one of this machine's.
   *
   * @throws InvalidInputException if the host is not known, or is another machine
   */
  static void requireHere(Address address) {
    for (InetAddress own : addresses(address)) {
      try {
        new ServerSocket(0, 1, own).close();
        return;
      } catch (IOException e) {
        // Of several addresses one is enough.
      }
    }
    throw new InvalidInputException(
        "cluster: expected an address of this machine in %s, found that none of its networks has it; name one by which the others reach this machine, in a container that of its own network"
            .formatted(address));
  }

  /**
   * Drops all that comes for another address on the sockets of this process that listen on the
   * port.
   *
   * @throws InvalidInputException if the host is not known
   * @throws IOException if the system has no such filter
   */
  static void require(Address address) throws IOException {
    List<InetAddress> own = addresses(address);
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new IOException("only Linux can");
    }
    List<Integer> sockets = listening(address.port());
    if (sockets.isEmpty()) {
      throw new IOException("the socket is not found");
    }
    try {
      C c = Native.load("c", C.class);
      for (int socket : sockets) {
        attach(c, socket, filter(own));
      }
    } catch (LastErrorException | UnsatisfiedLinkError e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static List<InetAddress> addresses(Address address) {
    try {
      return List.of(InetAddress.getAllByName(address.host()));
    } catch (UnknownHostException e) {
      throw new InvalidInputException(
          "cluster: expected a known host in %s, found %s; give its address"
              .formatted(address, address.host()),
          e);
    }
  }

  private static void attach(C c, int socket, List<Instruction> filter) {
    try (Memory program = new Memory(8L * filter.size());
        Memory header = new Memory(16)) {
      for (int i = 0; i < filter.size(); i++) {
        Instruction each = filter.get(i);
        program.setShort(8L * i, (short) each.operation);
        program.setByte(8L * i + 2, (byte) each.ifEqual);
        program.setByte(8L * i + 3, (byte) each.ifNot);
        program.setInt(8L * i + 4, each.value);
      }
      header.clear();
      header.setShort(0, (short) filter.size());
      header.setPointer(8, program);
      c.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, header, 16);
    }
  }

  /** Accepts packets for one of the addresses. */
  private static List<Instruction> filter(List<InetAddress> own) {
    List<Instruction> filter = new ArrayList<>();
    for (InetAddress address : own) {
      boolean v4 = address instanceof Inet4Address;
      ByteBuffer words = ByteBuffer.wrap(address.getAddress());
      int count = words.remaining() / 4;
      filter.add(new Instruction(LOAD, 0, 0, PROTOCOL));
      // To the next address: all that is left of this one, two for each word and its end.
      filter.add(new Instruction(JUMP_IF_EQUAL, 0, 2 * count + 1, v4 ? IPV4 : IPV6));
      for (int k = 0; k < count; k++) {
        int at = NETWORK_HEADER + (v4 ? DESTINATION_V4 : DESTINATION_V6) + 4 * k;
        filter.add(new Instruction(LOAD, 0, 0, at));
        filter.add(new Instruction(JUMP_IF_EQUAL, 0, 2 * (count - 1 - k) + 1, words.getInt()));
      }
      filter.add(new Instruction(RETURN, 0, 0, ACCEPT));
    }
    filter.add(new Instruction(RETURN, 0, 0, 0));
    return filter;
  }

  /** File descriptors of this process's sockets that listen on a port. */
  private static List<Integer> listening(int port) throws IOException {
    Set<String> inodes = new TreeSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      Path file = Path.of("/proc/self/net", table);
      if (Files.exists(file)) {
        inodes.addAll(
            Files.readAllLines(file).stream()
                .skip(1)
                .map(line -> line.strip().split("\\s+"))
                // State 0A is LISTEN.
                .filter(columns -> columns[3].equals("0A"))
                .filter(columns -> columns[1].endsWith(":%04X".formatted(port)))
                .map(columns -> columns[9])
                .collect(Collectors.toSet()));
      }
    }
    List<Integer> found = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (inodes.stream().anyMatch(inode -> isSocket(descriptor, inode))) {
          found.add(Integer.valueOf(descriptor.getFileName().toString()));
        }
      }
    }
    return found;
  }

  private static boolean isSocket(Path descriptor, String inode) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals("socket:[" + inode + "]");
    } catch (IOException e) {
      return false; // Closed meanwhile.
    }
  }
}
