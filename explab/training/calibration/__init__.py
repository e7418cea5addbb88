"""What `explab.face` measures with is fitted here, to synthetic faces as MediaPipe sees them."""
