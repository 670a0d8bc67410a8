// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Tells Flink that a class has a serializer of its own, so that Kryo has no part in it. */
final class OwnType<T> extends TypeInformation<T> {
	private static final long serialVersionUID = 1;
	static final OwnType<Event> EVENT = new OwnType<>(Event.class, Event.Serializer.INSTANCE);
	static final OwnType<UserKey> KEY = new OwnType<>(UserKey.class, UserKey.Serializer.INSTANCE);

	private final Class<T> of;
	private final TypeSerializer<T> serializer;

	private OwnType(Class<T> of, TypeSerializer<T> serializer) {
		this.of = of;
		this.serializer = serializer;
	}

	@Override
	public boolean isBasicType() {
		return false;
	}

	@Override
	public boolean isTupleType() {
		return false;
	}

	@Override
	public int getArity() {
		return 1;
	}

	@Override
	public int getTotalFields() {
		return 1;
	}

	@Override
	public Class<T> getTypeClass() {
		return of;
	}

	@Override
	public boolean isKeyType() {
		return true;
	}

	@Override
	public TypeSerializer<T> createSerializer(SerializerConfig config) {
		return serializer;
	}

	@Override
	public String toString() {
		return of.getSimpleName();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof OwnType && of == ((OwnType<?>) other).of;
	}

	@Override
	public int hashCode() {
		return of.hashCode();
	}

	@Override
	public boolean canEqual(Object other) {
		return other instanceof OwnType;
	}
}
