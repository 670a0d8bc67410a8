// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

/** A place in Avro binary that moves on; out of bounds is an exception of the array's. */
final class AvroBytes {
    static final int HEADER = 10; // C3 01 and the schema's fingerprint

    byte[] bytes;
    int at;

    AvroBytes on(byte[] value, long fingerprint) {
        bytes = value;
        at = 0;
        if (value.length < HEADER || value[0] != (byte) 0xC3 || value[1] != 1 || littleEndian(value, 2) != fingerprint) {
            throw new IllegalArgumentException("a record is not of the contract that this program was written for");
        }
        at = HEADER;
        return this;
    }

    private static long littleEndian(byte[] b, int at) {
        long x = 0;
        for (int i = 7; i >= 0; i--) {
            x = x << 8 | b[at + i] & 0xff;
        }
        return x;
    }

    long readLong() {
        long raw = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = bytes[at++];
            raw |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return raw >>> 1 ^ -(raw & 1);
            }
        }
        throw new IllegalArgumentException("a number is too long");
    }

    void skipText() {
        long n = readLong();
        if (n < 0 || n > bytes.length - at) {
            throw new IllegalArgumentException("a text ends outside of its record");
        }
        at += (int) n;
    }

    void skipOptionalText() {
        if (readLong() == 1) {
            skipText();
        }
    }

    /** Blocks of a map of texts, or of items if {@code items}. */
    void skipBlocks(boolean items) {
        for (long n = readLong(); n != 0; n = readLong()) {
            if (n < 0) {
                n = -n;
                readLong();
            }
            for (; n > 0; n--) {
                if (items) {
                    skipItem();
                } else {
                    skipText();
                    skipText();
                }
            }
        }
    }

    private void skipItem() {
        skipText();
        skipOptionalText();
        skipOptionalText();
        readLong();
        skipOptionalText();
        skipOptionalText();
        skipOptionalText();
    }
}
