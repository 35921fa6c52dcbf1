namespace Binlog.MySql.Protocol;

/// <summary>One column of a result set.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html</remarks>
internal static class ColumnDefinitionPayload
{
    private const string Packet = "column definition";
    private const int FixedBytes = 0x0C;

    public static MySqlColumn Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        reader.ReadLengthEncodedBytes();
        var schema = reader.ReadLengthEncodedString();
        var table = reader.ReadLengthEncodedString();
        reader.ReadLengthEncodedBytes();
        var name = reader.ReadLengthEncodedString();
        reader.ReadLengthEncodedBytes();
        var fixedBytes = reader.ReadLengthEncodedInteger();
        if (fixedBytes != FixedBytes)
        {
            throw new MySqlProtocolException($"The server's {Packet} packet says that its fixed part has {fixedBytes} bytes; expected {FixedBytes}.");
        }

        var column = new MySqlColumn
        {
            Schema = schema,
            Table = table,
            Name = name,
            CollationId = reader.ReadUInt16(),
            MaxLength = reader.ReadUInt32(),
            Type = (MySqlColumnType)reader.ReadByte(),
            Flags = (MySqlColumnFlags)reader.ReadUInt16(),
            Decimals = reader.ReadByte(),
        };
        reader.ReadUInt16();
        reader.ExpectEnd();
        return column;
    }
}
