using System.Text.Json;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>What can be said of a job without parsing its schema objects.</summary>
/// <param name="Id">The job.</param>
/// <param name="State">How it ended.</param>
/// <param name="SchemaVersion">Schema version it produced; 0 when it failed.</param>
internal readonly record struct JobHead(long Id, DdlJobState State, long SchemaVersion)
{
    /// <summary>Whether the job took effect.</summary>
    public bool IsApplicable => State is DdlJobState.Done or DdlJobState.Synced && SchemaVersion > 0;

    /// <summary>Reads it from a job's JSON, which is checked to be one JSON object.</summary>
    /// <exception cref="FormatException">It is not, or has no job ID.</exception>
    public static JobHead Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadObject(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private static JobHead ReadObject(ReadOnlySpan<byte> json)
    {
        long id = 0;
        long state = 0;
        long version = 0;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Require(reader.TokenType == JsonTokenType.StartObject, "a job is a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                id = ReadNumber(ref reader);
            }
            else if (reader.ValueTextEquals("state"u8))
            {
                state = ReadNumber(ref reader);
            }
            else if (reader.ValueTextEquals("binlog"u8))
            {
                version = ReadVersion(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        Require(id > 0, "it has no job ID");
        Require(!reader.Read(), "something follows the job");
        return new JobHead(id, (DdlJobState)state, version);
    }

    private static long ReadVersion(ref Utf8JsonReader reader)
    {
        long version = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return version;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("SchemaVersion"u8))
            {
                version = ReadNumber(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return version;
    }

    private static long ReadNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new FormatException(otherwise);
        }
    }
}
