package org.marginsoftmax.source;

import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Sha256;
import org.marginsoftmax.data.TrainTest;

/**
 * Fashion-MNIST (Xiao 2017, arXiv:1708.07747): 60,000 training and 10,000 test images of 28 x 28
 * grey pixels, ten classes.
 */
public final class FashionMnist {
  private static final List<String> CLASSES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  private FashionMnist() {}

  /**
   * Reads the four original files from a folder.
   *
   * @throws InvalidInputException if a file is missing, damaged or not the original, or the images
   *     do not fit in the Java heap
   */
  public static TrainTest read(Path dir) {
    long bytes = IdxFile.promisedBytes(images(dir, "train"));
    HeapRoom.require(
        "images",
        bytes + IdxFile.promisedBytes(images(dir, "t10k")),
        "images as the headers say",
        dir,
        "");
    return new TrainTest(
        part(
            dir,
            "train",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        part(
            dir,
            "t10k",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"));
  }

  private static Path images(Path dir, String name) {
    return dir.resolve(name + "-images-idx3-ubyte.gz");
  }

  private static Samples part(Path dir, String name, String imagesHash, String labelsHash) {
    Path imagesFile = images(dir, name);
    Path labelsFile = dir.resolve(name + "-labels-idx1-ubyte.gz");
    IdxFile.Images images = IdxFile.readImages(imagesFile);
    verify(imagesFile, imagesHash, images.sha256());
    IdxFile.Labels labels = IdxFile.readLabels(labelsFile);
    verify(labelsFile, labelsHash, labels.sha256());
    return new InMemorySamples(
        images.pixels(), labels.values(), CLASSES, Sha256.of(List.of(imagesHash, labelsHash)));
  }

  private static void verify(Path file, String expected, String found) {
    if (!found.equals(expected)) {
      throw new InvalidInputException(
          "content with SHA-256 " + expected,
          found,
          file,
          "bring back the original, or train on your own files with `data` DIR");
    }
  }
}
