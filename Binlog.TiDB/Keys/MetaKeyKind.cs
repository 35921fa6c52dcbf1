namespace Binlog.TiDB.Keys;

/// <summary>What a meta key addresses; the value is the ASCII code in the key.</summary>
public enum MetaKeyKind : byte
{
    StringMeta = (byte)'S',

    /// <summary>A plain value.</summary>
    StringData = (byte)'s',

    /// <summary>Field count of a hash; old versions only.</summary>
    HashMeta = (byte)'H',

    /// <summary>A field of a hash.</summary>
    HashData = (byte)'h',

    /// <summary>Bounds of a list.</summary>
    ListMeta = (byte)'L',

    /// <summary>An element of a list.</summary>
    ListData = (byte)'l',
}
