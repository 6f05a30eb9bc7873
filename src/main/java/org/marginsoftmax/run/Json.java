package org.marginsoftmax.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

/**
 * Configurations and results as JSON: record components in snake case, paths as text, and an
 * evaluation as its metrics by name, null for a metric that is undefined.
 */
public final class Json {
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          // 1.9 epochs are not 1.
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .withCoercionConfigDefaults(
              coercion -> coercion.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
          .addModule(
              new SimpleModule()
                  .addSerializer(Path.class, ToStringSerializer.instance)
                  .addSerializer(new Metrics())
                  .addSerializer(ImageFit.class, ToStringSerializer.instance)
                  .addSerializer(new Sizes())
                  .addDeserializer(ImageFit.class, new Text<>(ImageFit.class, ImageFit::parse))
                  .addDeserializer(ImageSize.class, new Text<>(ImageSize.class, ImageSize::parse)))
          .build();

  private Json() {}

  /** Metrics by name, each as in {@code metrics.json}. */
  private static final class Metrics extends StdSerializer<Evaluation> {
    private static final long serialVersionUID = 1L;

    Metrics() {
      super(Evaluation.class);
    }

    @Override
    public void serialize(Evaluation evaluation, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(MetricRecord.byName(evaluation), json);
    }
  }

  /** A size as one number if both sides are the same, as older versions read it. */
  private static final class Sizes extends StdSerializer<ImageSize> {
    private static final long serialVersionUID = 1L;

    Sizes() {
      super(ImageSize.class);
    }

    @Override
    public void serialize(ImageSize size, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      if (size.height() == size.width()) {
        json.writeNumber(size.height());
      } else {
        json.writeString(size.toString());
      }
    }
  }

  /** A value from its text, or from a number. */
  private static final class Text<T> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1L;

    private final transient Function<String, T> parse;

    Text(Class<T> type, Function<String, T> parse) {
      super(type);
      this.parse = parse;
    }

    @Override
    public T deserialize(JsonParser json, DeserializationContext context) throws IOException {
      try {
        return parse.apply(json.getText());
      } catch (InvalidInputException e) {
        throw ValueInstantiationException.from(
            json, e.getMessage(), context.constructType(handledType()), e);
      }
    }
  }

  /** A value as a JSON tree. */
  public static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** A value as indented JSON text. */
  public static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Converts a tree to a record.
   *
   * @throws InvalidInputException if the tree does not fit the record
   */
  static <T> T convert(JsonNode tree, Class<T> type) {
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      if (e.getCause() instanceof InvalidInputException refused) {
        throw refused;
      }
      throw new InvalidInputException(
          "options: expected a value of %s as config.json has it, found %s; give one of that kind"
              .formatted(place(e), at(tree, e)),
          e);
    }
  }

  /** Where a tree does not fit, as in {@code loop.epochs}. */
  private static String place(JsonProcessingException e) {
    return path(e).stream().map(Json::name).collect(Collectors.joining("."));
  }

  private static String name(Reference reference) {
    return reference.getFieldName() == null
        ? String.valueOf(reference.getIndex())
        : reference.getFieldName();
  }

  private static List<Reference> path(JsonProcessingException e) {
    return e instanceof JsonMappingException mapping ? mapping.getPath() : List.of();
  }

  /** What a tree has there. */
  private static JsonNode at(JsonNode tree, JsonProcessingException e) {
    JsonNode at = tree;
    for (Reference reference : path(e)) {
      at =
          reference.getFieldName() == null
              ? at.path(reference.getIndex())
              : at.path(reference.getFieldName());
    }
    return at;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param complete adds what older versions did not write
   * @return empty where there is no such file
   * @throws InvalidInputException if it holds something else
   */
  static <T> Optional<T> read(Path file, Class<T> type, Consumer<ObjectNode> complete) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    FileTrouble.requireFileOrFolder(file);
    ObjectNode tree = tree(file);
    complete.accept(tree);
    try {
      return Optional.of(MAPPER.treeToValue(tree, type));
    } catch (JsonProcessingException e) {
      if (e.getCause() instanceof InvalidInputException refused) {
        throw new InvalidInputException(file + ": " + refused.getMessage(), e);
      }
      throw new InvalidInputException(
          "run: expected %s in %s as train writes it, found %s; restore the file from a copy, or begin a new run"
              .formatted(place(e), file, at(tree, e)),
          e);
    }
  }

  private static ObjectNode tree(Path file) {
    try {
      if (MAPPER.readTree(file.toFile()) instanceof ObjectNode tree) {
        return tree;
      }
      throw notJson(file, 1, null);
    } catch (JsonProcessingException e) {
      throw notJson(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr(), e);
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static InvalidInputException notJson(Path file, int line, Exception cause) {
    return new InvalidInputException(
        "run: expected a configuration in %s, found something else in line %d; restore the file from a copy, or begin a new run"
            .formatted(file, line),
        cause);
  }

  /** Writes a value to a file, under a temporary name first. */
  static void write(Path file, Object value) {
    AtomicFile.write(file, out -> MAPPER.writeValue(out, value));
  }
}
