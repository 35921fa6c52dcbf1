using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>A name and its value. Immutable.</summary>
    public class Entry
    {
        private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

        private readonly string? _value;
        private readonly byte[]? _valueBytes;

        /// <summary>Creates an entry with text.</summary>
        /// <param name="key">Letters, digits, underscore, hyphen, dot; becomes lower case; must not end in <c>-bin</c>.</param>
        /// <param name="value">Printable ASCII text.</param>
        public Entry(string key, string value)
        {
            Key = Normalize(key);
            ArgumentNullException.ThrowIfNull(value);
            if (HasBinarySuffix(Key))
            {
                throw new ArgumentException($"The key '{Key}' of a text value must not end in {BinaryHeaderSuffix}.", nameof(key));
            }

            _value = value;
        }

        /// <summary>Creates an entry with bytes.</summary>
        /// <param name="key">Letters, digits, underscore, hyphen, dot; becomes lower case; must end in <c>-bin</c>.</param>
        /// <param name="valueBytes">Any bytes; copied.</param>
        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            ArgumentNullException.ThrowIfNull(valueBytes);
            if (!HasBinarySuffix(Key))
            {
                throw new ArgumentException($"The key '{Key}' of a binary value must end in {BinaryHeaderSuffix}.", nameof(key));
            }

            _valueBytes = valueBytes.AsSpan().ToArray();
        }

        /// <summary>Name, lower case.</summary>
        public string Key { get; }

        /// <summary>Whether the value is bytes.</summary>
        public bool IsBinary => _value is null;

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">The value is bytes.</exception>
        public string Value => _value ?? throw new InvalidOperationException($"The value of '{Key}' is binary; use {nameof(ValueBytes)}.");

        /// <summary>The bytes, as a copy.</summary>
        public byte[] ValueBytes => _value is null ? _valueBytes!.AsSpan().ToArray() : Encoding.ASCII.GetBytes(_value);

        /// <inheritdoc />
        public override string ToString() => _value is null
            ? $"[Entry: key={Key}, valueBytes={Convert.ToHexString(_valueBytes!)}]"
            : $"[Entry: key={Key}, value={_value}]";

        internal static bool HasBinarySuffix(string key) => key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        internal ReadOnlySpan<byte> BinarySpan => _valueBytes;

        private static string Normalize(string key)
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            var lower = key.ToLowerInvariant();
            if (lower.AsSpan().ContainsAnyExcept(KeyCharacters))
            {
                throw new ArgumentException($"The metadata key '{key}' has a character other than letters, digits, underscore, hyphen and dot.", nameof(key));
            }

            return lower;
        }
    }
}
