// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.Arrays;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/** One order, parsed as far as attribution needs it; slices of the record are kept as places. */
final class Order {
	static final long FINGERPRINT = 0x59b88fcbf63de414L;
	static final int CONFIRMED = 1, SHIPPED = 2, DELIVERED = 3, CANCELLED = 4, REFUNDED = 6;
	private static final XXHash64 XXH64 = XXHashFactory.fastestInstance().hash64();
	private static final int DENIED = 1;

	byte[] bytes;
	int user, idBegin, idEnd, currencyBegin, currencyEnd, items, context, end;
	int status;
	long statusTime, placedAt, micros, refundedMicros;
	boolean refunded, denied;

	/** The time alone, for an order that has just come in. */
	static long placedAt(AvroIn in) {
		for (int i = 0; i < 3; i++)
			in.skipText();
		in.readLong();
		in.readLong();
		return in.readLong();
	}

	Order read(byte[] value, AvroIn in) {
		bytes = value;
		in.bytes = value;
		in.at = 10;
		user = in.at;
		in.skipText();
		in.skipText();
		idBegin = in.at;
		in.skipText();
		idEnd = in.at;
		status = in.readInt();
		statusTime = in.readLong();
		placedAt = in.readLong();
		micros = money(in);
		currencyBegin = in.at;
		in.skipText();
		currencyEnd = in.at;
		refunded = in.readLong() != 0;
		refundedMicros = refunded ? money(in) : 0;
		items = in.at;
		skipItemsAndProperties(in);
		context = in.at;
		skipContext(in);
		denied = in.readInt() == DENIED;
		end = in.at;
		return this;
	}

	long fingerprint() {
		return XXH64.hash(bytes, 10, bytes.length - 10, 0);
	}

	/** (T, id): which of a user's orders is the first. */
	boolean before(Order other) {
		if (placedAt != other.placedAt)
			return placedAt < other.placedAt;
		return Arrays.compareUnsigned(bytes, idBegin, idEnd, other.bytes, other.idBegin, other.idEnd) < 0;
	}

	/** Decimal text to millionths, digit by digit. */
	private static long money(AvroIn in) {
		int n = in.readInt(), decimals = -1;
		long value = 0;
		for (int i = 0; i < n; i++) {
			byte b = in.bytes[in.at++];
			if (b == '.')
				decimals = 0;
			else if (decimals < 6) {
				value = value * 10 + (b - '0');
				decimals += decimals >= 0 ? 1 : 0;
			}
		}
		for (int i = Math.max(decimals, 0); i < 6; i++)
			value *= 10;
		return value;
	}

	private static void skipItemsAndProperties(AvroIn in) {
		for (long n = blocks(in); n != 0; n = blocks(in))
			for (long i = 0; i < n; i++)
				skipItem(in);
		for (long n = blocks(in); n != 0; n = blocks(in))
			for (long i = 0; i < 2 * n; i++)
				in.skipText();
	}

	private static long blocks(AvroIn in) {
		long n = in.readLong();
		if (n < 0)
			in.readLong();
		return Math.abs(n);
	}

	private static void skipItem(AvroIn in) {
		in.skipText();
		in.skipOptionalText();
		in.skipOptionalText();
		in.readLong();
		for (int i = 0; i < 3; i++)
			in.skipOptionalText();
	}

	/** Up to the consent, which is the last field. */
	private static void skipContext(AvroIn in) {
		in.readLong();
		in.skipOptionalText();
		in.skipOptionalLong();
		for (int i = 0; i < 9 + 3 + 5; i++)
			in.skipOptionalText();
		if (in.readLong() != 0)
			in.at++;
		in.skipOptionalText();
		in.skipOptionalText();
	}
}
