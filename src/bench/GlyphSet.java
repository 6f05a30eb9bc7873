import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Draws the glyph set: kanji times fonts, grey, 28 x 28, as IDX with int32 labels. Font families of
 * the training set have no font in the test set. Below OUT:
 *
 * <pre>
 * closed   trained characters: train-* in the training fonts, test-* in the test fonts
 * unseen   test-* alone: other characters, in the test fonts
 * </pre>
 *
 * <p>With a second argument, {@code million}, draws a million classes instead: 6,250 kanji, each in
 * 160 ways that are classes of their own: 10 rotations by 36 degrees, as it is or mirrored; plain,
 * sheared to either side or flattened; white on black or black on white. {@code train-*} has each
 * in three fonts, {@code test-*} 10,000 of them in two fonts that were not trained on. A kanji that
 * is its own mirror image makes two classes of the same pictures; they are left in.
 */
final class GlyphSet {
  private static final int SIZE = 28;
  private static final int TRAINED = 1200;
  private static final int UNSEEN = 400;
  private static final int VARIANTS = 2;
  private static final String FONTS = "/usr/share/fonts/";
  private static final List<String> TRAIN =
      List.of(
          "opentype/ipaexfont-gothic/ipaexg.ttf",
          "opentype/ipaexfont-mincho/ipaexm.ttf",
          "truetype/horai-umefont/ume-tgo5.ttf",
          "truetype/horai-umefont/ume-tms3.ttf",
          "opentype/mplus/Mplus1-Thin.otf",
          "opentype/mplus/Mplus1-Medium.otf",
          "opentype/mplus/Mplus1-Black.otf",
          "truetype/motoya-l-maruberi/MTLmr3m.ttf",
          "truetype/seto/setofont.ttf",
          "truetype/kouzan-mouhitsu/kouzan-mouhitsu.ttf",
          "truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf",
          "truetype/arphic/ukai.ttc",
          "truetype/wqy/wqy-zenhei.ttc",
          "truetype/hanazono/HanaMinA.ttf");
  private static final List<String> TEST =
      List.of(
          "opentype/noto/NotoSansCJK-Bold.ttc",
          "opentype/noto/NotoSerifCJK-Regular.ttc",
          "truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
          "truetype/motoya-l-cedar/MTLc3m.ttf",
          "truetype/aoyagi-soseki/aoyagi-soseki.ttf",
          "truetype/arphic/uming.ttc");

  private static final List<String> MILLION_TRAIN =
      List.of(
          "opentype/ipaexfont-gothic/ipaexg.ttf",
          "opentype/ipaexfont-mincho/ipaexm.ttf",
          "truetype/hanazono/HanaMinA.ttf");
  private static final List<String> MILLION_TEST =
      List.of(
          "opentype/noto/NotoSerifCJK-Regular.ttc", "truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf");
  private static final int KANJI = 6250;
  private static final int WAYS = 160;
  private static final int TESTED = 10_000;

  public static void main(String[] args) throws Exception {
    Path out = Path.of(args[0]);
    if (args.length > 1) {
      million(out);
      return;
    }
    List<Font> train = fonts(TRAIN);
    List<Font> test = fonts(TEST);
    List<Character> characters = characters(train, test, 0xcf);
    Collections.shuffle(characters, new Random(1));
    System.err.printf(
        "%d kanji that all %d fonts have%n", characters.size(), train.size() + test.size());
    if (characters.size() < TRAINED + UNSEEN) {
      throw new IllegalStateException("expected " + (TRAINED + UNSEEN) + " kanji");
    }
    List<Character> trained = characters.subList(0, TRAINED);
    write(out.resolve("closed"), "train", trained, train, VARIANTS, 2);
    write(out.resolve("closed"), "test", trained, test, 1, 3);
    write(
        out.resolve("unseen"),
        "test",
        characters.subList(TRAINED, TRAINED + UNSEEN),
        test,
        VARIANTS,
        4);
  }

  private static List<Font> fonts(List<String> files) throws Exception {
    List<Font> fonts = new ArrayList<>();
    for (String file : files) {
      // The first of a collection: Noto's is the Japanese one.
      fonts.add(Font.createFonts(Path.of(FONTS + file).toFile())[0].deriveFont(256f));
    }
    return fonts;
  }

  /** A million classes, drawn and written one after the other. */
  private static void million(Path out) throws Exception {
    List<Font> train = fonts(MILLION_TRAIN);
    List<Font> test = fonts(MILLION_TEST);
    List<Character> characters = characters(train, test, 0xf4);
    Collections.shuffle(characters, new Random(1));
    if (characters.size() < KANJI) {
      throw new IllegalStateException("expected %d kanji".formatted(KANJI));
    }
    Files.createDirectories(out);
    int classes = KANJI * WAYS;
    int[] all = IntStream.range(0, classes).toArray();
    int[] some = new Random(5).ints(0, classes).distinct().limit(TESTED).sorted().toArray();
    ways(out, "train", all, characters, train, 6);
    ways(out, "test", some, characters, test, 7);
    Files.write(
        out.resolve("classes.txt"),
        Arrays.stream(all).mapToObj(j -> characters.get(j / WAYS) + "-" + j % WAYS).toList());
  }

  private static void ways(
      Path out, String part, int[] classes, List<Character> characters, List<Font> fonts, long seed)
      throws IOException {
    int count = classes.length * fonts.size();
    try (DataOutputStream images =
            idx(out.resolve(part + "-images-idx3-ubyte"), 8, count, SIZE, SIZE);
        DataOutputStream labels = idx(out.resolve(part + "-labels-idx1-int"), 0x0c, count)) {
      for (int i = 0; i < classes.length; i++) {
        for (int f = 0; f < fonts.size(); f++) {
          Random random = new Random(seed * 1_000_003 + (long) i * fonts.size() + f);
          char character = characters.get(classes[i] / WAYS);
          int way = classes[i] % WAYS;
          Shape shape = way(way).createTransformedShape(outline(fonts.get(f), character));
          byte[] image = draw(shape, random);
          for (int p = 0; way >= WAYS / 2 && p < image.length; p++) {
            image[p] = (byte) ~image[p];
          }
          images.write(image);
          labels.writeInt(classes[i]);
        }
        if ((i + 1) % 100_000 == 0) {
          System.err.printf("%s: %,d of %,d classes%n", part, i + 1, classes.length);
        }
      }
    }
  }

  private static AffineTransform way(int way) {
    AffineTransform form = AffineTransform.getRotateInstance(Math.toRadians(36 * (way % 10)));
    switch (way / 20 % 4) {
      case 1 -> form.shear(0.5, 0);
      case 2 -> form.shear(-0.5, 0);
      case 3 -> form.scale(1, 0.55);
      default -> {}
    }
    form.scale(way / 10 % 2 == 0 ? 1 : -1, 1);
    return form;
  }

  /** Kanji of JIS X 0208 up to a row that every font draws; 0xcf is the last of the first level. */
  private static List<Character> characters(List<Font> train, List<Font> test, int last) {
    Charset jis = Charset.forName("EUC-JP");
    List<Character> characters = new ArrayList<>();
    for (int row = 0xb0; row <= last; row++) {
      for (int cell = 0xa1; cell <= 0xfe; cell++) {
        String text = new String(new byte[] {(byte) row, (byte) cell}, jis);
        if (text.length() == 1
            && Character.isIdeographic(text.charAt(0))
            && train.stream().allMatch(f -> drawable(f, text.charAt(0)))
            && test.stream().allMatch(f -> drawable(f, text.charAt(0)))) {
          characters.add(text.charAt(0));
        }
      }
    }
    return characters;
  }

  private static boolean drawable(Font font, char character) {
    return font.canDisplay(character) && !outline(font, character).getBounds2D().isEmpty();
  }

  private static Shape outline(Font font, char character) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    return font.createGlyphVector(context, new char[] {character}).getOutline();
  }

  private static void write(
      Path folder,
      String part,
      List<Character> characters,
      List<Font> fonts,
      int variants,
      long seed)
      throws IOException {
    Files.createDirectories(folder);
    int count = characters.size() * fonts.size() * variants;
    byte[][] images = new byte[count][];
    int[] labels = new int[count];
    int[] done = {0};
    IntStream.range(0, characters.size())
        .forEach(
            c -> {
              for (int f = 0; f < fonts.size(); f++) {
                for (int v = 0; v < variants; v++) {
                  int at = (c * fonts.size() + f) * variants + v;
                  images[at] =
                      draw(
                          outline(fonts.get(f), characters.get(c)),
                          new Random(seed * 1_000_003 + at));
                  labels[at] = c;
                }
              }
              if (++done[0] % 200 == 0) {
                System.err.printf(
                    "%s %s: %d of %d characters%n",
                    folder.getFileName(), part, done[0], characters.size());
              }
            });
    try (DataOutputStream out =
        idx(folder.resolve(part + "-images-idx3-ubyte"), 0x08, count, SIZE, SIZE)) {
      for (byte[] image : images) {
        out.write(image);
      }
    }
    try (DataOutputStream out = idx(folder.resolve(part + "-labels-idx1-int"), 0x0c, count)) {
      for (int label : labels) {
        out.writeInt(label);
      }
    }
    List<String> names = characters.stream().map(String::valueOf).toList();
    Files.write(folder.resolve("classes.txt"), names);
  }

  private static DataOutputStream idx(Path file, int type, int... dimensions) throws IOException {
    OutputStream plain = Files.newOutputStream(file);
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(plain, 1 << 16));
    out.write(new byte[] {0, 0, (byte) type, (byte) dimensions.length});
    for (int dimension : dimensions) {
      out.writeInt(dimension);
    }
    return out;
  }

  /** One glyph, white on black, a little turned, sheared, scaled and moved. */
  private static byte[] draw(Shape outline, Random random) {
    Rectangle2D box = outline.getBounds2D();
    double scale = SIZE * between(random, 0.76, 0.96) / Math.max(box.getWidth(), box.getHeight());
    AffineTransform place = new AffineTransform();
    place.translate(
        SIZE / 2.0 + between(random, -1.2, 1.2), SIZE / 2.0 + between(random, -1.2, 1.2));
    place.rotate(Math.toRadians(between(random, -6, 6)));
    place.shear(between(random, -0.1, 0.1), 0);
    place.scale(scale * between(random, 0.92, 1.08), scale);
    place.translate(-box.getCenterX(), -box.getCenterY());
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setColor(Color.WHITE);
    graphics.fill(place.createTransformedShape(outline));
    graphics.dispose();
    return ((DataBufferByte) image.getRaster().getDataBuffer()).getData().clone();
  }

  private static double between(Random random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
