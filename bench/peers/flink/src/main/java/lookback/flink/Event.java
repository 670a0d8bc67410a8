// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A click, packed as Clicks does, or an order as it stands in its topic. The object is used again, the arrays are never changed. */
public final class Event {
	UserKey key;
	long time;
	boolean order;
	byte[] body;

	private Event set(Event from) {
		key = from.key;
		time = from.time;
		order = from.order;
		body = from.body;
		return this;
	}

	public static final class Serializer extends TypeSerializerSingleton<Event> {
		static final Serializer INSTANCE = new Serializer();

		@Override
		public boolean isImmutableType() {
			return false;
		}

		@Override
		public Event createInstance() {
			return new Event();
		}

		@Override
		public Event copy(Event from) {
			return new Event().set(from);
		}

		@Override
		public Event copy(Event from, Event reuse) {
			return reuse.set(from);
		}

		@Override
		public int getLength() {
			return -1;
		}

		@Override
		public void serialize(Event event, DataOutputView out) throws IOException {
			UserKey.Serializer.INSTANCE.serialize(event.key, out);
			out.writeBoolean(event.order);
			out.writeLong(event.time);
			out.writeInt(event.body.length);
			out.write(event.body);
		}

		@Override
		public Event deserialize(DataInputView in) throws IOException {
			return deserialize(new Event(), in);
		}

		@Override
		public Event deserialize(Event event, DataInputView in) throws IOException {
			event.key = UserKey.Serializer.INSTANCE.deserialize(in);
			event.order = in.readBoolean();
			event.time = in.readLong();
			event.body = new byte[in.readInt()];
			in.readFully(event.body);
			return event;
		}

		@Override
		public void copy(DataInputView in, DataOutputView out) throws IOException {
			serialize(deserialize(in), out);
		}

		@Override
		public TypeSerializerSnapshot<Event> snapshotConfiguration() {
			return new Snapshot();
		}
	}

	public static final class Snapshot extends SimpleTypeSerializerSnapshot<Event> {
		public Snapshot() {
			super(() -> Serializer.INSTANCE);
		}
	}
}
