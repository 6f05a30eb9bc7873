package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;

/**
 * What every command prints with {@code --json}, byte for byte but for the numbers: programs read
 * it. {@code -Djson.write=true} writes the file anew.
 */
class JsonOutputTest extends CommandTest {
  private static final Path EXPECTED = Path.of("src/test/resources/fixtures/json-output.txt");
  private static final String MODEL = "saved-models/softmax-0-4/model";

  @TempDir Path dir;

  private final StringBuilder said = new StringBuilder();

  /** DIR stands for the folder of the test. */
  private void says(int code, String command) {
    String[] args = (command.replace("DIR", dir.toString()) + " --json").split(" ");
    assertEquals(code, run(args), () -> command + ": " + err);
    said.append("$ ").append(command).append('\n').append(withoutNumbers(out)).append('\n');
  }

  /** Numbers, and names of classes that are numbers, differ from machine to machine. */
  private String withoutNumbers(String json) {
    return json.replace(dir.toString(), "DIR")
        .replaceAll("(?<=[:\\[,] )-?\\d+\\.\\d+(E-?\\d+)?(?=[,\\s])", "0.0")
        .replaceAll("(?<=[:\\[,] )-?\\d+(?=[,\\s])", "0")
        .replaceAll("(?<=: )\"\\d+\"", "\"0\"")
        .replaceAll("(?<=\"version: java\" : )\"[^\"]*\"", "\"0\"")
        .replaceAll("(\\{[^{}]*\\})(, \\1)+", "$1, ...");
  }

  @Test
  void staysAsItIs() throws IOException {
    Idx.folder(dir.resolve("data"), 6, 8, 4);
    Idx.folder(dir.resolve("large"), 10, 8, 4, 28);
    arrays();
    images();
    listed();
    String options = " --epochs 1 --batch-size 16 --threads 1";
    says(0, "check --data DIR/data --batch-size 16");
    says(0, "augment");
    says(0, "augment --preview --data DIR/data --augment light --out DIR/page.html");
    says(0, "train --data DIR/data --embedding 4 --out DIR/run" + options);
    says(
        0,
        "sweep --data DIR/data --margins 0.1 --seeds 1,2 --validation 0.2 --out DIR/sweep"
            + options);
    says(0, "evaluate DIR/run");
    says(0, "compare DIR/run DIR/run --bootstrap 100");
    says(0, "evaluate " + MODEL + " --data DIR/large");
    says(0, "evaluate DIR/run --bootstrap 0 --pairs DIR/listed/list.csv --by site");
    says(0, "evaluate DIR/run --bootstrap 0 --gallery DIR/listed/a --query DIR/listed/b");
    says(0, "outliers DIR/run --angle 0");
    says(0, "inspect " + MODEL);
    says(0, "embed " + MODEL + " --data DIR/large --output DIR/images.npy");
    says(0, "embed DIR/run --input DIR/pixels.npy --output DIR/e.npy");
    says(0, "export DIR/run --to DIR/served");
    says(0, "export DIR/run --to DIR/served --name faces --version 3");
    says(0, "predict DIR/run DIR/images");
    says(2, "predict DIR/run DIR/images/damaged.png");
    says(0, "gallery add DIR/gallery --input DIR/e.npy --name somebody");
    says(0, "gallery add DIR/gallery --model DIR/served DIR/images --name others");
    says(0, "gallery search DIR/gallery --input DIR/e.npy --top 1");
    says(0, "gallery search DIR/gallery --model DIR/served DIR/images --top 1");
    says(0, "gallery list DIR/gallery");
    says(0, "gallery remove DIR/gallery somebody");
    String head = "head --features DIR/x.npy --centers DIR/w.npy --labels DIR/y.npy --out DIR/head";
    says(0, head + " --head curricularface");
    says(0, head + " --heads DIR/heads.json");
    says(0, "plan --classes 1000000 --machines 2 --memory 1 --partial-fc 0.01");
    says(0, "bench head --classes 10 --dim 4 --batch 8 --turns 1 --steps 1");
    says(0, "bench train --data DIR/data --batch-size 16 --turns 1 --times 1");
    says(0, "bench embed DIR/run --batch 8 --turns 1 --steps 1");
    says(0, "train --data DIR/large --from-keras " + MODEL + " --out DIR/keras" + options);
    says(0, "export DIR/keras --as keras --to DIR/back");
    if (Boolean.getBoolean("json.write")) {
      Files.writeString(EXPECTED, said);
    }
    assertEquals(Files.readString(EXPECTED), said.toString());
  }

  private void arrays() throws IOException {
    NpyFile.write(dir.resolve("pixels.npy"), new float[64], 1, 8, 8, 1);
    NpyFile.write(dir.resolve("x.npy"), new float[] {1, 0, 0, 1}, 2, 2);
    NpyFile.write(dir.resolve("w.npy"), new float[] {1, 0, 0, 1, -1, 0}, 3, 2);
    NpyFile.write(dir.resolve("y.npy"), NpyFile.Type.INT64, new double[] {0, 1}, 2);
    Files.writeString(
        dir.resolve("heads.json"), "[{\"name\": \"arcface\"}, {\"name\": \"sface\"}]");
  }

  /** Images of three subjects, two of each, in two folders; and a list of all their pairs. */
  private void listed() throws IOException {
    StringBuilder list = new StringBuilder("path1,path2,same,site\n");
    for (int i = 0; i < 6; i++) {
      Path image = image(i);
      Files.createDirectories(image.getParent());
      BufferedImage pixels = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      pixels.getRaster().setSample(i, i % 3, 0, 200);
      ImageIO.write(pixels, "png", image.toFile());
      for (int k = 0; k < i; k++) {
        list.append("%s,%s,%d,%s%n".formatted(image, image(k), i / 2 == k / 2 ? 1 : 0, k % 2));
      }
    }
    Files.writeString(dir.resolve("listed/list.csv"), list);
  }

  private Path image(int number) {
    return dir.resolve("listed/%s/s%d/1.png".formatted(number % 2 == 0 ? "a" : "b", number / 2));
  }

  private void images() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("images"));
    for (int i = 0; i < 2; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setSample(i, i, 0, 200);
      ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
    }
    Files.writeString(folder.resolve("damaged.png"), "no image");
  }
}
