// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

/** A cursor over one Avro body. What is cut off throws ArrayIndexOutOfBoundsException, as an expert's decoder in a closed pipeline may. */
final class AvroIn {
	byte[] bytes;
	int at;

	/** Begins behind the single-object framing; false: another schema's record. */
	boolean begin(byte[] value, long fingerprint) {
		bytes = value;
		at = 10;
		return value != null && value.length > 10 && value[0] == (byte) 0xC3 && value[1] == 1 && fingerprintOf(value) == fingerprint;
	}

	private static long fingerprintOf(byte[] value) {
		long word = 0;
		for (int i = 9; i >= 2; i--)
			word = word << 8 | (value[i] & 0xFF);
		return word;
	}

	long readLong() {
		long raw = bytes[at++];
		if (raw < 0) {
			raw &= 0x7F;
			int shift = 7;
			byte b;
			do {
				b = bytes[at++];
				raw |= (long) (b & 0x7F) << shift;
				shift += 7;
			} while (b < 0);
		}
		return raw >>> 1 ^ -(raw & 1);
	}

	int readInt() {
		return (int) readLong();
	}

	void skipText() {
		int n = readInt();
		at += n;
	}

	/** True: it was there. */
	boolean skipOptionalText() {
		if (readLong() == 0)
			return false;
		skipText();
		return true;
	}

	void skipOptionalLong() {
		if (readLong() != 0)
			readLong();
	}
}
