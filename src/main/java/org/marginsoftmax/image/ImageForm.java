package org.marginsoftmax.image;

import org.marginsoftmax.data.ImageShape;

/**
 * How an encoded image becomes the pixels of a sample: the same in training, in serving and in an
 * exported model.
 *
 * @param shape height, width and channels of the sample; 1 channel for grey, 3 for red, green, blue
 * @param fit what happens to an image of other proportions
 */
public record ImageForm(ImageShape shape, ImageFit fit) {
  /** The whole image, stretched to a shape. */
  public static ImageForm stretched(ImageShape shape) {
    return new ImageForm(shape, ImageFit.STRETCH);
  }

  /** Height and width of the sample. */
  public ImageSize size() {
    return new ImageSize(shape.height(), shape.width());
  }
}
