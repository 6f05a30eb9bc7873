package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/** What lies in the files of events in a folder. */
public final class EventFiles {
  private EventFiles() {}

  static List<Path> in(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().contains("tfevents")).sorted().toList();
    }
  }

  /** All events, file after file; every record has to be whole. */
  static List<Event> read(Path folder) throws IOException {
    List<Event> events = new ArrayList<>();
    for (Path file : in(folder)) {
      ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      while (buffer.hasRemaining()) {
        byte[] event = new byte[(int) buffer.getLong()];
        buffer.getInt();
        buffer.get(event);
        buffer.getInt();
        events.add(Event.parseFrom(event));
      }
    }
    return events;
  }

  /** Every figure by tag and step; none may be there twice. */
  public static Map<String, String> figures(Path folder) throws IOException {
    Map<String, String> figures = new TreeMap<>();
    for (Event event : read(folder)) {
      for (Summary.Value value : event.getSummary().getValueList()) {
        String key = value.getTag() + " " + event.getStep();
        assertNull(figures.put(key, value.toString()), key);
      }
    }
    assertEquals("brain.Event:2", read(folder).get(0).getFileVersion());
    return figures;
  }
}
