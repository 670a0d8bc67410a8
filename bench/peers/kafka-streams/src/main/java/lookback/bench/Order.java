// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** An order, as places in its Avro binary. */
final class Order {
    static final long FINGERPRINT = 0x59b88fcbf63de414L;

    final AvroBytes in = new AvroBytes();
    int tenantBegin, userEnd, idBegin, idEnd, currencyBegin, currencyEnd, itemsBegin, propertiesBegin, contextBegin, end;
    long status, statusTime, placedAt, valueMicros;

    static long timeOf(AvroBytes in, byte[] value) {
        in.on(value, FINGERPRINT);
        in.skipText();
        in.skipText();
        in.skipText();
        in.readLong();
        in.readLong();
        return in.readLong();
    }

    void read(byte[] value) {
        in.on(value, FINGERPRINT);
        tenantBegin = in.at;
        in.skipText();
        in.skipText();
        userEnd = idBegin = in.at;
        in.skipText();
        idEnd = in.at;
        status = in.readLong();
        statusTime = in.readLong();
        placedAt = in.readLong();
        valueMicros = readMicros();
        currencyBegin = in.at;
        in.skipText();
        currencyEnd = in.at;
        in.skipOptionalText(); // refunded
        itemsBegin = in.at;
        in.skipBlocks(true);
        propertiesBegin = in.at;
        in.skipBlocks(false);
        contextBegin = in.at;
        end = value.length;
    }

    private long readMicros() {
        int n = (int) in.readLong();
        String text = new String(in.bytes, in.at, n, StandardCharsets.US_ASCII);
        in.at += n;
        return new BigDecimal(text).movePointRight(6).longValueExact();
    }
}
