// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

/** What attribution needs of a click, kept as slices of its Avro binary: the ttclid and channel, and the ids. */
final class Click {
    static final long FINGERPRINT = 0xc1557d52408f8301L;

    private final AvroBytes in = new AvroBytes();
    private int touchBegin, touchEnd, idsBegin;
    long time;

    static long timeOf(AvroBytes in, byte[] value) {
        in.on(value, FINGERPRINT);
        in.skipText();
        in.skipText();
        return in.readLong();
    }

    void read(byte[] value) {
        time = timeOf(in, value);
        touchBegin = in.at;
        in.skipOptionalText(); // ttclid
        in.skipText(); // channel
        touchEnd = in.at;
        in.skipOptionalText(); // touch_id
        in.skipOptionalText(); // landing_url
        in.skipOptionalText(); // referrer
        idsBegin = in.at;
        in.skipOptionalText(); // advertiser
        in.skipOptionalText(); // campaign
        in.skipOptionalText(); // ad group
        in.skipOptionalText(); // ad
    }

    /** ttclid?, channel, advertiser?, campaign?, ad group?, ad?: just as they stand in a credit. */
    byte[] kept() {
        int touch = touchEnd - touchBegin, ids = in.at - idsBegin;
        byte[] out = new byte[touch + ids];
        System.arraycopy(in.bytes, touchBegin, out, 0, touch);
        System.arraycopy(in.bytes, idsBegin, out, touch, ids);
        return out;
    }
}
