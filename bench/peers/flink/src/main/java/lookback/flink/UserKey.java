// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The records' key as it comes, tenant|user. Never changed, so never copied. */
public final class UserKey {
	final byte[] bytes;
	private final int hash;

	UserKey(byte[] bytes) {
		this.bytes = bytes;
		this.hash = Arrays.hashCode(bytes);
	}

	@Override
	public int hashCode() {
		return hash;
	}

	@Override
	public boolean equals(Object other) {
		return this == other || other instanceof UserKey && Arrays.equals(bytes, ((UserKey) other).bytes);
	}

	public static final class Serializer extends TypeSerializerSingleton<UserKey> {
		static final Serializer INSTANCE = new Serializer();

		@Override
		public boolean isImmutableType() {
			return true;
		}

		@Override
		public UserKey createInstance() {
			return new UserKey(new byte[0]);
		}

		@Override
		public UserKey copy(UserKey from) {
			return from;
		}

		@Override
		public UserKey copy(UserKey from, UserKey reuse) {
			return from;
		}

		@Override
		public int getLength() {
			return -1;
		}

		@Override
		public void serialize(UserKey key, DataOutputView out) throws IOException {
			out.writeShort(key.bytes.length);
			out.write(key.bytes);
		}

		@Override
		public UserKey deserialize(DataInputView in) throws IOException {
			byte[] bytes = new byte[in.readUnsignedShort()];
			in.readFully(bytes);
			return new UserKey(bytes);
		}

		@Override
		public UserKey deserialize(UserKey reuse, DataInputView in) throws IOException {
			return deserialize(in);
		}

		@Override
		public void copy(DataInputView in, DataOutputView out) throws IOException {
			serialize(deserialize(in), out);
		}

		@Override
		public TypeSerializerSnapshot<UserKey> snapshotConfiguration() {
			return new Snapshot();
		}
	}

	public static final class Snapshot extends SimpleTypeSerializerSnapshot<UserKey> {
		public Snapshot() {
			super(() -> Serializer.INSTANCE);
		}
	}
}
