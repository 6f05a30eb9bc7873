package org.marginsoftmax.augment;

import java.util.SplittableRandom;

/**
 * The steps for images: what is drawn, uniformly unless said otherwise, and what is done with it.
 */
enum ImageStep implements StepType {
  FLIP("flip", 0.5, null, "mirrors left to right") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      return Homography.mirror();
    }
  },
  CROP(
      "crop",
      1,
      new Strength(0.3, 0.95, "share of the area cut off at most"),
      "keeps a part at a random place, 3:4 to 4:3 of the image's shape, and enlarges it to the whole") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      double area = 1 - strength * random.nextDouble();
      double aspect = Erasing.aspect(area, 0.75, random);
      double across = Math.min(1, Math.sqrt(area * aspect));
      double along = Math.min(1, Math.sqrt(area / aspect));
      return Homography.part(
          across,
          along,
          signed(random) * (1 - across) / 2 * width,
          signed(random) * (1 - along) / 2 * height);
    }
  },
  SCALE(
      "scale",
      1,
      new Strength(0.1, 1, "1 + this is the largest factor, its inverse the smallest"),
      "enlarges or shrinks about the centre; the factor's logarithm is uniform") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      return Homography.scaling(StrictMath.pow(1 + strength, signed(random)));
    }
  },
  SHIFT("shift", 1, new Strength(0.1, 0.5, "share of width and height"), "moves along both axes") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      return Homography.shift(
          strength * signed(random) * width, strength * signed(random) * height);
    }
  },
  ROTATE("rotate", 1, new Strength(15, 180, "degrees"), "turns about the centre, either way") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      return Homography.rotation(strength * signed(random));
    }
  },
  PERSPECTIVE(
      "perspective",
      0.5,
      new Strength(0.1, 0.2, "share of width and height"),
      "moves each corner on its own") {
    @Override
    Homography seen(int height, int width, double strength, SplittableRandom random) {
      double[] x = {-width / 2.0, width / 2.0, width / 2.0, -width / 2.0};
      double[] y = {-height / 2.0, -height / 2.0, height / 2.0, height / 2.0};
      for (int corner = 0; corner < 4; corner++) {
        x[corner] += strength * signed(random) * width;
        y[corner] += strength * signed(random) * height;
      }
      return Homography.corners(width, height, x, y);
    }
  },
  BRIGHTNESS(
      "brightness",
      1,
      new Strength(0.2, 1, "largest distance of the factor from 1"),
      "multiplies every level") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Colour.brightness(picture, 1 + strength * signed(random));
    }
  },
  CONTRAST(
      "contrast",
      1,
      new Strength(0.2, 1, "largest distance of the factor from 1"),
      "multiplies distances from the mean grey") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Colour.contrast(picture, 1 + strength * signed(random));
    }
  },
  SATURATION(
      "saturation",
      1,
      new Strength(0.2, 1, "largest distance of the factor from 1"),
      "multiplies distances of colours from their grey") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Colour.saturation(picture, 1 + strength * signed(random));
    }

    @Override
    boolean ofColour() {
      return true;
    }
  },
  HUE("hue", 1, new Strength(10, 180, "degrees"), "turns every hue on the circle of hues") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Colour.hue(picture, strength * signed(random));
    }

    @Override
    boolean ofColour() {
      return true;
    }
  },
  GREY("grey", 0.1, null, "takes the colour away") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Colour.saturation(picture, 0);
    }

    @Override
    boolean ofColour() {
      return true;
    }
  },
  BLUR(
      "blur",
      0.3,
      new Strength(1, 20, "standard deviation in pixels, at most"),
      "blurs by a Gaussian") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      double sigma = strength * random.nextDouble();
      if (sigma > 0) {
        Blur.gaussian(picture, sigma);
      }
    }
  },
  JPEG(
      "jpeg",
      0.3,
      new Strength(50, 99, "100 less the quality, at most"),
      "compresses as JPEG and reads it back") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      int lost = (int) Math.round(strength * random.nextDouble());
      if (lost > 0) {
        Jpeg.compress(picture, 100 - lost);
      }
    }
  },
  NOISE(
      "noise",
      0.3,
      new Strength(10, 128, "standard deviation in levels of 255, at most"),
      "adds normally distributed noise to each level") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Noise.add(picture.levels(), strength * random.nextDouble(), random);
    }
  },
  ERASE(
      "erase",
      0.25,
      new Strength(0.3, 0.9, "share of the area, at most"),
      "fills a rectangle at a random place with random levels") {
    @Override
    void change(Picture picture, double strength, SplittableRandom random) {
      Erasing.erase(picture, strength * random.nextDouble(), random);
    }
  };

  private final About about;

  ImageStep(String word, double probability, Strength strength, String what) {
    about = new About(word, probability, strength, what);
  }

  /** How the image is seen anew; null for a step that moves nothing. */
  Homography seen(int height, int width, double strength, SplittableRandom random) {
    return null;
  }

  /** Changes levels in place; a step that moves the image changes none. */
  void change(Picture picture, double strength, SplittableRandom random) {}

  /** Whether grey images have nothing that it could change. */
  boolean ofColour() {
    return false;
  }

  /** Whether it moves the image. */
  boolean moves() {
    return ordinal() <= PERSPECTIVE.ordinal();
  }

  /** Uniform in -1..1. */
  private static double signed(SplittableRandom random) {
    return 2 * random.nextDouble() - 1;
  }

  @Override
  public About about() {
    return about;
  }
}
