// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Avro into a buffer that is used again. */
final class AvroOut {
	private byte[] bytes = new byte[4096];
	private int n;

	void reset() {
		n = 0;
	}

	byte[] copy() {
		return Arrays.copyOf(bytes, n);
	}

	private void room(int more) {
		if (n + more > bytes.length)
			bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, n + more));
	}

	void raw(byte[] from, int begin, int end) {
		room(end - begin);
		System.arraycopy(from, begin, bytes, n, end - begin);
		n += end - begin;
	}

	void raw(byte[] all) {
		raw(all, 0, all.length);
	}

	void number(long value) {
		long raw = value << 1 ^ value >> 63;
		room(10);
		while ((raw & ~0x7FL) != 0) {
			bytes[n++] = (byte) (raw & 0x7F | 0x80);
			raw >>>= 7;
		}
		bytes[n++] = (byte) raw;
	}

	void flag(boolean is) {
		room(1);
		bytes[n++] = (byte) (is ? 1 : 0);
	}

	void text(byte[] text) {
		number(text.length);
		raw(text);
	}

	static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}
}
