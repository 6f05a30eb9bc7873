package org.marginsoftmax.run;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Head;

/** A list of heads, read from a JSON file. */
public final class HeadList {
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private HeadList() {}

  /**
   * A head in the list.
   *
   * @param head the head
   * @param folder name of its sub-folder; null for none
   */
  public record Entry(HeadConfig head, String folder) {
    /** The sub-folder of this head below a parent folder; the parent itself if it has none. */
    public Path below(Path parent) {
      return folder == null ? parent : parent.resolve(folder);
    }
  }

  /**
   * Reads a JSON list of objects with the option names of {@code config.json} and an optional
   * {@code folder}.
   *
   * @throws InvalidInputException if the file is not such a list
   */
  public static List<Entry> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw refused(file, Files.isDirectory(file) ? "a folder" : "none");
    }
    try {
      JsonNode list = Json.MAPPER.readTree(file.toFile());
      if (!list.isArray() || list.isEmpty()) {
        throw refused(file, "something else");
      }
      List<Entry> entries = new ArrayList<>();
      Set<String> folders = new HashSet<>();
      for (JsonNode node : list) {
        if (!(node instanceof ObjectNode object) || !node.path("name").isTextual()) {
          throw refused(file, node.toString());
        }
        ObjectNode options = object.deepCopy();
        JsonNode named = options.remove("folder");
        String folder = named == null ? options.get("name").asText() : named.asText();
        if (!folder.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || !folders.add(folder)) {
          throw new InvalidInputException(
              "heads: expected a different plain folder name for each head, found '%s' in %s; say \"folder\": \"another\""
                  .formatted(folder, file));
        }
        entries.add(new Entry(HeadConfig.of(Json.MAPPER.convertValue(options, OBJECT)), folder));
      }
      return entries;
    } catch (IOException e) {
      throw refused(file, e.getMessage().lines().findFirst().orElse("none"));
    }
  }

  /**
   * Checks all heads against the arrays before the first is applied.
   *
   * @throws InvalidInputException if a head does not fit the arrays, or no head uses the draws or
   *     counts given
   */
  public static void check(List<Entry> entries, HeadArrays arrays) {
    List<Head> heads = entries.stream().map(e -> ApplyHead.head(e.head(), arrays)).toList();
    refuseIdle("draws", arrays.draws() != null && heads.stream().noneMatch(Head::draws));
    refuseIdle(
        "counts",
        arrays.counts() != null && entries.stream().noneMatch(e -> e.head().type().needsCounts()));
  }

  private static void refuseIdle(String what, boolean idle) {
    if (idle) {
      throw new InvalidInputException(
          "%s: expected none, found some that no head here takes; leave them out".formatted(what));
    }
  }

  private static InvalidInputException refused(Path file, String found) {
    return new InvalidInputException(
        "heads: expected a list like [{\"name\": \"arcface\", \"margin\": 0.5}] in %s, found %s; see config.json of a run for the names"
            .formatted(file, found));
  }
}
