package org.marginsoftmax.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;

/**
 * Puts a page together from its parts among the resources: one file, which needs no other and no
 * network.
 */
final class Page {
  private static final ObjectMapper JSON = mapper();

  /** Of the pages with spheres, in the order in which they need each other. */
  private static final List<String> SPHERE =
      List.of("sphere.js", "paint.js", "globe.js", "hands.js", "legend.js", "tsne.js", "views.js");

  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

  private Page() {}

  /**
   * Writes a page, aside first.
   *
   * @param name of the page's template and script
   * @param html parts of the template, by name
   * @param data that the script finds
   */
  static void write(
      Path file, String title, String name, Map<String, String> html, Map<String, Object> data) {
    try {
      Map<String, String> parts = new HashMap<>(html);
      StringBuilder script = new StringBuilder();
      for (String each : SPHERE) {
        script.append(part(each));
      }
      String own = name.equals("report") ? part("neighbours.js") : "";
      parts.put("script", script + own + part(name + ".js") + part("start.js"));
      parts.put("style", part("page.css") + part("sphere.css"));
      parts.put("data", JSON.writeValueAsString(data));
      write(file, title, name, parts);
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  /**
   * Writes a page without scripts, aside first.
   *
   * @param name of the page's template
   * @param html parts of the template, by name
   */
  static void write(Path file, String title, String name, Map<String, String> html) {
    try {
      Map<String, String> parts = new HashMap<>(html);
      parts.put("title", escaped(title));
      parts.putIfAbsent("style", part("page.css"));
      String page = filled(name, parts);
      AtomicFile.write(file, out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  /**
   * A template with its parts.
   *
   * @param name of the template
   * @param parts HTML by name
   */
  static String filled(String name, Map<String, String> parts) {
    try {
      // All at once: what looks like a place in a class's name stays as it is.
      return PLACE
          .matcher(part(name + ".html"))
          .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Text as the content of an element of HTML or SVG, or of an attribute in quotes. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String part(String name) throws IOException {
    return new String(resource(Page.class.getResourceAsStream(name), name), StandardCharsets.UTF_8);
  }

  private static byte[] resource(InputStream stream, String name) throws IOException {
    try (InputStream in = stream) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is missing from the class path");
      }
      return in.readAllBytes();
    }
  }

  /** JSON that cannot end the script it stands in, with four digits a float. */
  private static ObjectMapper mapper() {
    SimpleModule module = new SimpleModule();
    module.addSerializer(
        float[].class,
        new JsonSerializer<>() {
          @Override
          public void serialize(float[] values, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            out.writeStartArray();
            for (float value : values) {
              out.writeNumber(Math.round(value * 1e4) / 1e4);
            }
            out.writeEndArray();
          }
        });
    ObjectMapper mapper = new ObjectMapper().registerModule(module);
    mapper
        .getFactory()
        .setCharacterEscapes(
            new CharacterEscapes() {
              private static final long serialVersionUID = 1;

              @Override
              public int[] getEscapeCodesForAscii() {
                int[] codes = standardAsciiEscapesForJSON();
                codes['<'] = ESCAPE_STANDARD;
                return codes;
              }

              @Override
              public SerializedString getEscapeSequence(int character) {
                return null;
              }
            });
    return mapper;
  }
}
