package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.run.KerasConfig;
import org.marginsoftmax.run.TrainConfig;
import org.marginsoftmax.source.Idx;
import picocli.CommandLine;

/** Fine-tuning from the command line: what is typed reaches the run, or is refused in one line. */
class KerasOptionsTest extends CommandTest {
  private static final String MODEL = "saved-models/softmax-0-4/model";
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 10, 8, 4, 28);
  }

  private int train(String... options) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data.toString(),
                "--steps",
                "2",
                "--batch-size",
                "16",
                "--device",
                "cpu",
                "--out",
                dir.resolve("run").toString()));
    args.addAll(List.of(options));
    return run(args.toArray(String[]::new));
  }

  private static KerasConfig parsed(String... args) {
    return over(KerasConfig.none(), args);
  }

  private static KerasConfig over(KerasConfig base, String... args) {
    TrainConfig usual = TrainConfig.usual();
    TrainConfig config =
        new TrainConfig(
            usual.data(),
            usual.head(),
            usual.schedule(),
            usual.backbone(),
            usual.optimizer(),
            usual.loop(),
            base);
    CommandLine command =
        new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin(
                    "keras", CommandLine.Model.CommandSpec.forAnnotatedObject(new KerasOptions())));
    return config.with(ConfigOptions.given(command.parseArgs(args))).keras();
  }

  /** Each alone, so that none stands in for another. */
  @Test
  void whatIsNotGivenIsLeftAsItIs() {
    KerasConfig base =
        new KerasConfig(
            "from",
            "sig",
            "out",
            "lay",
            "fr",
            "train",
            true,
            0.1,
            0.9,
            30,
            "head",
            "var",
            Map.of("training", "false"),
            true);
    assertEquals(base, over(base));
    assertEquals(KerasConfig.none(), parsed());
    assertEquals("a", parsed("--from-keras", "a").from());
    assertEquals("a", parsed("--init-head", "a").initHead());
    assertEquals("a", parsed("--init-head-variable", "a").initHeadVariable());
    assertEquals(
        Map.of("training", "false", "keep_prob", "0.5"),
        parsed("--input-value", "training=false", "--input-value", "keep_prob=0.5").inputValues());
    assertTrue(parsed("--trust").trust());
    assertFalse(parsed("--dropout").trust());
  }

  @ParameterizedTest
  @CsvSource({
    "1/255, 0.00392156862745098",
    "1 / 127.5, 0.00784313725490196",
    "0.5, 0.5",
    "1e-2, 0.01",
    "-1/2, -0.5"
  })
  void inputScaleIsANumberOrAFraction(String given, double expected) {
    assertEquals(expected, new Fraction().convert(given), 1e-17);
  }

  /** All at once, in a run from a model that has a part for each of them. */
  @Test
  void everyOptionReachesTheRun() throws IOException {
    String from = "saved-models/article-backbone-keras3-tf2.21-train/model";
    String head = "saved-models/article-keras3-tf2.21/model";
    assertEquals(
        0,
        train(
            "--from-keras",
            from,
            "--signature",
            "serve",
            "--output-name",
            "output_0",
            "--layer",
            "embedding",
            "--freeze",
            "conv1",
            "--batch-norm",
            "train",
            "--dropout",
            "--backbone-lr",
            "1e-4",
            "--layer-decay",
            "0.9",
            "--unfreeze-every",
            "2",
            "--input-scale",
            "1/127.5",
            "--input-offset",
            "-1",
            "--init-head",
            head,
            "--init-head-variable",
            "probabilities/kernel",
            "--trust"),
        () -> err);
    JsonNode keras =
        new ObjectMapper().readTree(dir.resolve("run/config.json").toFile()).at("/options/keras");
    assertEquals(
        "{\"from\":\""
            + from
            + "\",\"signature\":\"serve\",\"output_name\":\"output_0\",\"layer\":\"embedding\","
            + "\"freeze\":\"conv1\",\"batch_norm\":\"train\",\"dropout\":true,"
            + "\"learning_rate\":1.0E-4,\"layer_decay\":0.9,\"unfreeze_every\":2,\"init_head\":\""
            + head
            + "\",\"init_head_variable\":\"probabilities/kernel\",\"input_values\":{},\"trust\":true}",
        keras.toString());
    assertEquals(
        "{\"pixels\":null,\"scale\":0.00784313725490196,\"offset\":-1.0,\"channel_order\":\"rgb\"}",
        new ObjectMapper()
            .readTree(dir.resolve("run/config.json").toFile())
            .at("/options/input")
            .toString());

    // Gone on with without saying any of it again.
    assertEquals(0, train("--resume"), () -> err);
    Path to = dir.resolve("exported");
    String run = dir.resolve("run").toString();
    assertEquals(
        0, run("export", run, "--as", "keras", "--to", to.toString(), "--json"), () -> err);
    JsonNode written = new ObjectMapper().readTree(out);
    assertEquals(to.toString(), written.get("model").asText());
    assertTrue(Files.exists(Path.of(written.get("head").asText(), "saved_model.pb")));
    assertTrue(Files.exists(Path.of(written.get("centers").asText())));
    assertEquals(2, run("export", run, "--as", "keras", "--to", to.toString()));
    assertOneLine("export", "empty folder", "--to");
    assertEquals(2, run("export", run, "--as", "onnx", "--to", to.toString()));
    assertOneLine("expected serving or keras", "onnx");
    assertEquals(2, run("export", data.toString(), "--as", "keras", "--to", to.toString()));
    assertOneLine("no config.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--layer-decay  | 0           | layer decay: expected above 0, up to 1",
        "--layer-decay  | 1.5         | layer decay: expected above 0, up to 1",
        "--unfreeze-every | 0         | unfreeze every: expected a number of steps",
        "--input-scale  | one         | expected a number or a fraction",
        "--input-scale  | 1/zero      | expected a number or a fraction",
        "--input-scale  | 1/2/3       | expected a number or a fraction",
        "--input-scale  | 1/0         | finite factor",
        "--input-scale  | 0           | finite factor",
        "--input-scale  | NaN         | finite factor",
        "--input-offset | Infinity    | finite offset",
        "--input-offset | much        | much",
        "--input-offset | 1,2,3       | expected images of 3 channels",
        "--channel-order | bgr        | expected images of 3 channels",
        "--channel-order | gbr        | expected one of rgb, bgr",
        "--pixels       | torch       | expected images of 3 channels",
        "--pixels       | imagenet    | caffe, raw, signed, torch, unit",
        "--backbone-lr  | 0           | backbone learning rate",
        "--backbone-lr  | -1          | backbone learning rate",
        "--backbone-lr  | NaN         | backbone learning rate",
        "--backbone-lr  | fast        | fast",
        "--batch-norm   | thaw        | one of frozen, train",
        "--batch-norm   | train       | add_endpoint",
        "--freeze       | conv(       | regular expression",
        "--freeze       | conv9       | conv1/kernel",
        "--signature    | no_such     | serving_default",
        "--output-name  | no_such     | output_0",
        "--layer        | no_such     | embedding",
        "--embedding    | 1           | 2..4096",
        "--init-head    | no/such     | no/such",
        "--init-head-variable | x     | --init-head",
      })
  void refusesInOneLine(String option, String value, String expected) {
    assertEquals(2, train("--from-keras", MODEL, "--trust", option, value), () -> err);
    assertOneLine(expected);
    assertFalse(Files.exists(dir.resolve("run")));
  }

  @ParameterizedTest
  @CsvSource({
    "saved-models/files/tiny.keras",
    "saved-models/files/tiny.h5",
    "saved-models/softmax-0-4",
    "no/such/folder"
  })
  void refusesWhatIsNoSavedModel(String from) {
    assertEquals(2, train("--from-keras", from), () -> err);
    assertOneLine(from);
    assertEquals(2, train("--from-keras", MODEL, "--trust", "--init-head", from), () -> err);
    assertOneLine(from);
    assertFalse(Files.exists(dir.resolve("run")));
  }

  /** Options of a model without a model. */
  @ParameterizedTest
  @CsvSource({
    "--signature, serve",
    "--layer, embedding",
    "--freeze, conv1",
    "--batch-norm, train",
    "--backbone-lr, 0.1",
    "--output-name, a",
    "--backbone, keras"
  })
  void refusesOptionsOfAModelWithoutOne(String option, String value) {
    assertEquals(2, train(option, value), () -> err);
    assertOneLine("--from-keras");
    assertFalse(Files.exists(dir.resolve("run")));
  }

  private void assertOneLine(String... parts) {
    assertEquals(1, err.lines().count(), err);
    for (String part : parts) {
      assertTrue(err.contains(part), err + " lacks " + part);
    }
  }
}
