package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Shuffled;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

class AugmentCommandTest extends CommandTest {
  @TempDir Path dir;

  private static List<byte[]> pictures(Path page) throws IOException {
    List<byte[]> pictures = new ArrayList<>();
    for (MatchResult url :
        Pattern.compile("data:image/png;base64,([^\"]+)")
            .matcher(Files.readString(page))
            .results()
            .toList()) {
      BufferedImage image =
          ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(url.group(1))));
      int[] samples =
          image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
      byte[] pixels = new byte[samples.length];
      for (int i = 0; i < samples.length; i++) {
        pixels[i] = (byte) samples[i];
      }
      pictures.add(pixels);
    }
    return pictures;
  }

  /** The page of all samples shows, in its columns, the batches of the first epochs. */
  @Test
  void thePageShowsWhatTrainingIsFed() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 3, 4, 2);
    Path page = dir.resolve("page.html");
    String steps = "rotate:1:40,noise:0.5:30,erase";
    assertEquals(
        0,
        run(
            "augment",
            "--preview",
            "--samples",
            "12",
            "--draws",
            "3",
            "--validation",
            "0",
            "--seed",
            "5",
            "--data",
            data.toString(),
            "--augment",
            steps,
            "--out",
            page.toString()),
        () -> err);
    List<byte[]> pictures = pictures(page);
    assertEquals(12 * 4, pictures.size());
    Samples train = IdxFolder.read(data).train();
    Epochs epochs =
        new Epochs(train, new Shuffled(12), Augmentation.of(steps, train.element()), 5, 5, 2);
    int shown = 0;
    for (int epoch = 0; epoch < 3; epoch++) {
      try (Batches batches = epochs.batches(epoch, 0, null)) {
        while (batches.hasNext()) {
          Batch batch = batches.next();
          for (int i = 0; i < batch.size(); i++, shown++) {
            byte[] fed = new byte[64];
            System.arraycopy(batch.elements(), 64 * i, fed, 0, 64);
            assertArrayEquals(fed, pictures.get(4 * batch.numbers()[i] + 1 + epoch));
          }
        }
      }
    }
    assertEquals(30, shown);
    byte[] original = new byte[64];
    train.copy(7, original, 0);
    assertArrayEquals(original, pictures.get(28));
  }

  @Test
  void showsColourImagesAndArrays() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 12; i++) {
      BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
      for (int k = 0; k < 400; k++) {
        image.setRGB(k % 20, k / 20, random.nextInt(1 << 24));
      }
      Path file = dir.resolve("images/c" + i % 2 + "/" + i + "<b>.png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    Path page = dir.resolve("page.html");
    String images = dir.resolve("images").toString();
    assertEquals(
        0,
        run(
            "augment",
            "--preview",
            "--data",
            images,
            "--augment",
            "photo",
            "--out",
            page.toString()),
        () -> err);
    assertTrue(Files.readString(page).contains("&lt;b&gt;.png, class c0"));
    Path arrays = Files.createDirectories(dir.resolve("arrays"));
    NpyFile.write(arrays.resolve("x_train.npy"), new float[8 * 30 * 4], 8, 30, 4);
    NpyFile.write(
        arrays.resolve("y_train.npy"),
        NpyFile.Type.INT64,
        new double[] {0, 1, 0, 1, 0, 1, 0, 1},
        8);
    assertEquals(
        0,
        run(
            "augment",
            "--preview",
            "--data",
            arrays.toString(),
            "--augment",
            "time-mask:1:9,noise",
            "--out",
            page.toString(),
            "--json"),
        () -> err);
    assertTrue(out.contains("\"samples\" : "), out);
  }

  @Test
  void listsStepsAsThePageOfTheDocumentationHasThem() throws IOException {
    assertEquals(0, run("augment"), () -> err);
    String page = Files.readString(Path.of("docs/batches.md"));
    assertTrue(page.contains("```\n$ ./margin-softmax augment\n" + out + "```"), out);
  }

  @Test
  void refusesWhatCannotBeShown() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 3, 4, 2);
    Path page = dir.resolve("page.html");
    String[][] refused = {
      {"--augment", "light"},
      {"--preview"},
      {"--preview", "--augment", "time-mask", "--out", page.toString()},
      {"--preview", "--samples", "0", "--out", page.toString()},
      {"--preview", "--draws", "1001", "--out", page.toString()},
    };
    for (String[] options : refused) {
      List<String> args = new ArrayList<>(List.of("augment", "--data", data.toString()));
      args.addAll(List.of(options));
      assertEquals(2, run(args.toArray(String[]::new)), String.join(" ", options));
      assertEquals(1, err.lines().count(), err);
      assertFalse(Files.exists(page));
    }
    assertEquals(
        2,
        run("train", "--data", data.toString(), "--augment", "photo:1", "--out", page.toString()));
    assertTrue(err.contains("'photo'"), err);
    assertFalse(Files.exists(page));
    for (String command : List.of("train", "check")) {
      String[] mixed = {
        command, "--data", data.toString(), "--head", "proxy-anchor", "--augment", "light,mixup"
      };
      assertEquals(2, run(mixed), command);
      assertTrue(err.contains("found proxy-anchor"), err);
      assertEquals(1, err.lines().count(), err);
    }
  }
}
