// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

/**
 * A click as it stands in state: its time (8 bytes, big-endian), then slices of the Avro record as they came: the optional ttclid (or null and
 * the touch_id), the channel, and the four optional ids. So taking one in is one pass and one copy, and a credit is written by copying.
 */
final class Clicks {
	static final long FINGERPRINT = 0xc1557d52408f8301L;
	private static final int DENIED = 1;

	private Clicks() {}

	/** Null: not kept (no identity, or consent denied). The cursor stands at the body's begin; the time is left in `out`. */
	static byte[] pack(AvroIn in, Event out) {
		in.skipText();
		in.skipText();
		out.time = in.readLong();
		int ttclid = in.at;
		boolean own = in.readLong() != 0 && in.readInt() != 0;
		in.at = ttclid;
		in.skipOptionalText();
		int channel = in.at;
		in.skipText();
		int touch = in.at;
		boolean touched = in.skipOptionalText();
		int behindTouch = in.at;
		in.skipOptionalText();
		in.skipOptionalText();
		int ids = in.at;
		for (int i = 0; i < 4; i++)
			in.skipOptionalText();
		int end = in.at;
		if (in.readInt() == DENIED || !own && !touched)
			return null;
		int identity = own ? channel - ttclid : behindTouch - touch;
		byte[] packed = new byte[8 + identity + (touch - channel) + (end - ids)];
		putLong(packed, out.time);
		int at = 8;
		System.arraycopy(in.bytes, own ? ttclid : touch, packed, at, identity);
		if (!own)
			packed[at] = 0;
		System.arraycopy(in.bytes, channel, packed, at += identity, touch - channel);
		System.arraycopy(in.bytes, ids, packed, at + touch - channel, end - ids);
		return packed;
	}

	static long time(byte[] packed) {
		long time = 0;
		for (int i = 0; i < 8; i++)
			time = time << 8 | (packed[i] & 0xFF);
		return time;
	}

	private static void putLong(byte[] out, long value) {
		for (int i = 7; i >= 0; i--, value >>>= 8)
			out[i] = (byte) value;
	}

	/** The begin of a Credit: click_id to ad_id. */
	static void credit(byte[] packed, AvroIn in, AvroOut out) {
		in.bytes = packed;
		in.at = 9;
		in.skipText();
		out.raw(packed, 9, in.at);
		if (packed[8] == 0)
			out.number(0);
		else
			out.raw(packed, 8, in.at);
		out.number(time(packed));
		out.raw(packed, in.at, packed.length);
	}
}
