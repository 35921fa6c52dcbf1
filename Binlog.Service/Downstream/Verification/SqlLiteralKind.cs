namespace Binlog.Service.Downstream.Verification;

/// <summary>Kind of a <see cref="SqlLiteral"/>.</summary>
internal enum SqlLiteralKind
{
    /// <summary><c>NULL</c>.</summary>
    Null,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A quoted text.</summary>
    Text,

    /// <summary>Bytes in hexadecimal.</summary>
    Binary,

    /// <summary>Binary digits.</summary>
    Bits,
}
