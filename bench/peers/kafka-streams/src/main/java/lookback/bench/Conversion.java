// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes an order with its credits by the contract AttributedConversion. */
final class Conversion {
    static final long FINGERPRINT = 0x926d06458298d737L;
    static final int NOT_FIRST = 2, ATTRIBUTED = 3, NO_CLICK = 5;
    private static final long ONE = 1_000_000_000L;
    private static final byte[] GOAL = text("purchase"), MODEL = text("participation"), GROUP = text("click"), BASIS = text("placed");

    private byte[] out = new byte[4096];
    private int n;

    private static byte[] text(String s) {
        byte[] raw = s.getBytes(StandardCharsets.UTF_8);
        byte[] avro = new byte[raw.length + 1];
        avro[0] = (byte) (raw.length << 1);
        System.arraycopy(raw, 0, avro, 1, raw.length);
        return avro;
    }

    private void putLong(long value) {
        room(10);
        for (long raw = value << 1 ^ value >> 63;; raw >>>= 7) {
            if ((raw & ~0x7fL) == 0) {
                out[n++] = (byte) raw;
                return;
            }
            out[n++] = (byte) (raw & 0x7f | 0x80);
        }
    }

    private void put(byte[] from, int begin, int end) {
        room(end - begin);
        System.arraycopy(from, begin, out, n, end - begin);
        n += end - begin;
    }

    private void put(byte[] all) {
        put(all, 0, all.length);
    }

    private void room(int more) {
        if (out.length - n < more) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, n + more));
        }
    }

    private void putHeader() {
        n = 0;
        out[n++] = (byte) 0xC3;
        out[n++] = 1;
        for (int i = 0; i < 8; i++) {
            out[n++] = (byte) (FINGERPRINT >>> 8 * i);
        }
    }

    /** Placed alone counts while an order is only placed. */
    private void putMoneyAndCounts(long micros) {
        putLong(micros);
        putLong(0);
        putLong(0);
        putLong(0);
        putLong(ONE);
        putLong(0);
        putLong(0);
    }

    private void putCredit(long time, byte[] kept, long micros, int textEnd, int touchEnd) {
        put(kept, 1, textEnd); // click_id is the ttclid, without the union's branch
        put(kept, 0, textEnd);
        putLong(time);
        put(kept, textEnd, touchEnd);
        put(kept, touchEnd, kept.length);
        putLong(ONE);
        putLong(micros);
        putMoneyAndCounts(micros);
    }

    private final AvroBytes touch = new AvroBytes();

    private void putCredits(Order o, List<Long> times, List<byte[]> clicks) {
        if (!clicks.isEmpty()) {
            putLong(clicks.size());
        }
        for (int i = 0; i < clicks.size(); i++) {
            touch.bytes = clicks.get(i);
            touch.at = 0;
            touch.skipOptionalText();
            int textEnd = touch.at;
            touch.skipText();
            putCredit(times.get(i), clicks.get(i), o.valueMicros, textEnd, touch.at);
        }
        putLong(0);
    }

    byte[] write(Order o, int outcome, long lookbackMs, List<Long> times, List<byte[]> clicks, boolean truncated) {
        byte[] in = o.in.bytes;
        putHeader();
        put(in, o.tenantBegin, o.userEnd);
        put(GOAL);
        put(in, o.idBegin, o.idEnd);
        putLong(1);
        put(in, o.idBegin, o.idEnd);
        put(GOAL); // event
        putLong(o.placedAt);
        putLong(outcome);
        put(MODEL);
        put(GROUP);
        putLong(lookbackMs);
        put(in, o.currencyBegin, o.currencyEnd);
        put(BASIS);
        putLong(o.valueMicros);
        putMoneyAndCounts(o.valueMicros);
        putStatus(o);
        putCredits(o, times, clicks);
        putLong(0); // previous
        putLong(truncated ? -1 : 0); // a boolean is one byte, 1 as zigzag of -1
        put(in, o.contextBegin, o.end);
        put(in, o.itemsBegin, o.propertiesBegin);
        put(in, o.propertiesBegin, o.contextBegin);
        return Arrays.copyOf(out, n);
    }

    private void putStatus(Order o) {
        putLong(1);
        putLong(o.status);
        putLong(1);
        putLong(o.statusTime);
        putLong(0); // refunded
        putLong(0); // refund_clamped
        putLong(0); // source_fingerprint
        putLong(1);
        putLong(o.statusTime); // context_time
    }
}
